// Shows the events that Vonage sends to the website, for as long as the list is open.
import { h } from '../chat-dom.js';

const SHOWN = 100;

/**
 * details: the element that opens. title: returns a chat's name, once it's known.
 * signedOut: called when the agent is signed out. Returns a function to call when more
 * names are known.
 */
export function showEvents(details, title, signedOut) {
	const list = details.querySelector('ol');
	let source;
	const name = () => {
		for (const each of list.querySelectorAll('span:empty')) each.textContent = title(each.dataset.chat);
	};
	details.ontoggle = () => {
		source?.close();
		list.replaceChildren();
		if (!details.open) return;
		source = new EventSource(new URL('../../api/agent/events', import.meta.url));
		source.onmessage = ({ data }) => {
			const { type, timestamp, conversation_id: id } = JSON.parse(data);
			const time = h('time', {}, timestamp?.slice(11, 19) ?? '');
			const who = h('span', {}, title(id));
			who.dataset.chat = id;
			list.prepend(h('li', {}, time, ' ', h('b', {}, type), ' ', who));
			if (list.children.length > SHOWN) list.lastChild.remove();
		};
		source.onerror = () => source.readyState === EventSource.CLOSED && signedOut();
	};
	return name;
}
