// The agent's page: signs in, lists the chats that are the agent's, and shows one of
// them in the customer page's own chat window.
import { bind } from './chat-binding.js';
import { post } from './chat-calls.js';
import { Conversation } from './chat-conversation.js';
import { h } from './chat-dom.js';
import { Session } from './chat-session.js';
import { ChatWidget } from './chat-widget.js';
import { strings } from './strings.js';

const REPLIES = {
	'Hello': 'Hello! How can I help you?',
	'One moment': 'One moment, please. I am looking it up.',
	'Tell me more': 'Could you tell me a little more about it?',
	'Anything else?': 'Is there anything else I can do for you?',
	'Goodbye': 'Thank you for chatting with us. Have a good day!',
};
const EVENTS_SHOWN = 100;

customElements.define('chat-widget', ChatWidget);

const $ = selector => document.querySelector(selector);
const rows = new Map(); // by conversation: {id, title, conversation, widget, button, ...}
let chosen; // a row

/** The agent's session. Each time it comes back it looks for new chats, too. */
class Desk extends Session {
	async signIn() {
		try {
			return await post('jwt/agent');
		} catch (error) {
			if (error.status === 401) location.reload(); // to the password
			throw error;
		}
	}

	renew() {
		return this.signIn();
	}

	async joined(id) {
		add(await this.sdk.getConversation(id));
		await this.conversations.get(id).catchUp();
	}

	/** Somebody has left: a colleague or, by handing over, this agent. */
	left({ id }) {
		if (id === this.user.id) this.catchUp();
	}

	async catchUp() {
		const query = { order: 'asc', pageSize: 100 };
		const mine = new Set();
		do {
			const page = await this.sdk.getConversations(query);
			for (const each of page.conversations) {
				if (each.memberState === 'JOINED') add(each), mine.add(each.id);
			}
			query.cursor = page.nextCursor;
		} while (query.cursor);
		for (const row of rows.values()) if (!mine.has(row.id)) remove(row);
		await super.catchUp();
	}
}

const desk = new Desk();

/** Adds a chat, on top: the newest stand first. */
function add({ id, name, displayName }) {
	if (rows.has(id)) return;
	const title = (displayName || name).replace(/^Chat with /, '');
	const row = {
		id,
		title,
		conversation: new Conversation(desk, id),
		widget: h('chat-widget', { id, hidden: true }),
		waiting: h('span.waiting'),
		last: h('span.last'),
		unread: h('span.unread'),
	};
	const { conversation, widget } = row;
	const initials = title.split(' ').map(word => word[0]).join('').slice(0, 2);
	row.button = h('button', { onclick: () => choose(row) },
		h('span.avatar', { ariaHidden: 'true' }, initials),
		h('b', {}, title), row.waiting, row.last, row.unread);
	row.item = h('li', {}, row.button);
	widget.setAttribute('inline', '');
	rows.set(id, row);
	widget.setAttribute('greeting', ''); // it is for visitors
	desk.conversations.set(id, conversation);
	$('#open').prepend(row.item);
	$('#replies').before(widget);
	let over = false;
	conversation.addEventListener('change', () => {
		update(row);
		if (over || !row.view.end) return;
		over = true;
		widget.replaceForm(h('p'));
		$('#past ul').prepend(row.item);
		if (row === chosen) choose(row);
	});
	bind(widget, conversation, desk.signal);
}

/** Forgets a chat that somebody else has now. */
function remove(row) {
	if (row === chosen) choose();
	desk.conversations.delete(row.id);
	rows.delete(row.id);
	row.item.remove();
	row.widget.remove();
	count();
}

/** Shows one chat and hides the others, which keep their draft and place. */
function choose(row) {
	chosen = row;
	const writes = row && !row.view.end;
	$('#desk').classList.toggle('chatting', !!row);
	$('#chosen').hidden = !row;
	$('#chosen h1').textContent = row?.title ?? '';
	$('#chosen .tools').hidden = $('#replies').hidden = !writes;
	for (const each of rows.values()) {
		each.widget.hidden = each !== row;
		each.button.ariaCurrent = each === row ? 'true' : null;
	}
	if (writes) row.widget.focus();
	count();
}

function update(row) {
	const { last, unread, waiting } = row;
	row.view = row.conversation.view;
	const { end, typing, unread: number } = row.view;
	const messages = row.view.items.filter(({ type }) => type !== 'end');
	const minutes = end ? -1 : waits(messages);
	last.textContent = typing ? 'typing…' : messages.at(-1)?.text ?? '';
	unread.textContent = number || '';
	unread.ariaLabel = number ? strings.unread(number) : null;
	waiting.textContent = minutes < 0 ? '' : minutes ? `waiting ${minutes} min` : 'waiting';
	waiting.classList.toggle('long', minutes >= 5);
	count();
}

/** Returns for how many minutes a visitor has had no answer; -1 for not at all. */
function waits(messages) {
	const since = messages[messages.findLastIndex(({ me }) => me) + 1]?.at;
	return since ? Math.max(0, Math.floor((Date.now() - new Date(since)) / 60_000)) : -1;
}

function count() {
	const all = [...rows.values()];
	const unread = all.reduce((sum, { view }) => sum + view.unread, 0);
	document.title = unread ? `(${unread}) Support agent` : 'Support agent';
	$('#choose').hidden = chosen || !rows.size;
	$('#none').hidden = all.some(({ view }) => !view.end);
	$('#past').hidden = all.every(({ view }) => !view.end);
}

/** Asks in a dialog, then the website; a refusal is told in the dialog. */
function ask(opener, dialog, path) {
	const form = dialog.querySelector('form');
	opener.onclick = () => {
		form.reset();
		dialog.querySelector('[role=alert]').textContent = '';
		dialog.showModal();
	};
	dialog.querySelector('.cancel').onclick = () => dialog.close();
	form.onsubmit = async event => {
		event.preventDefault();
		try {
			const given = Object.fromEntries(new FormData(form));
			await post(path, { conversation: chosen.id, ...given });
			dialog.close();
		} catch (error) {
			dialog.querySelector('[role=alert]').textContent = error.message;
		}
	};
}

/** Shows the events that Vonage sends to the website, for as long as the list is open. */
function showEvents() {
	const list = $('#events ol');
	let source;
	$('#events').ontoggle = () => {
		source?.close();
		list.replaceChildren();
		if (!$('#events').open) return;
		source = new EventSource('api/agent/events');
		source.onmessage = ({ data }) => {
			const { type, timestamp, conversation_id: id } = JSON.parse(data);
			const title = rows.get(id)?.title ?? '';
			const time = timestamp?.slice(11, 19) ?? '';
			list.prepend(h('li', {}, h('time', {}, time), ' ', h('b', {}, type), ' ', title));
			if (list.children.length > EVENTS_SHOWN) list.lastChild.remove();
		};
	};
}

function work({ user, team }) {
	$('#sign-in').hidden = true;
	$('#desk').hidden = false;
	$('#me').textContent = user.display_name || user.name;
	$('#back').onclick = () => {
		const { button } = chosen;
		choose();
		button.focus();
	};
	$('#sign-out').onclick = () => post('agent/sign-out').then(() => location.reload());
	const others = team.filter(name => name !== user.name);
	$('#hand-over-to select').append(...others.map(name => h('option', {}, name)));
	$('#replies').append(...Object.entries(REPLIES).map(([name, text]) => (
		h('button', { onclick: () => chosen.widget.suggest(text), title: text }, name))));
	ask($('#hand-over'), $('#hand-over-to'), 'agent/hand-over');
	ask($('#end'), $('#end-with'), 'agent/close');
	showEvents();
	desk.connect();
	setInterval(() => rows.forEach(update), 30_000); // who waits, waits longer
}

function showSignIn(problem = '') {
	const form = $('#sign-in form');
	$('#sign-in').hidden = false;
	$('#sign-in [role=alert]').textContent = problem;
	form.password.select();
	form.onsubmit = event => {
		event.preventDefault();
		const given = Object.fromEntries(new FormData(form));
		post('jwt/agent', given).then(work, error => showSignIn(error.message));
	};
}

// A link from the notebook carries a code that works once; nobody is to see it later.
const code = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
post('jwt/agent', code ? { code } : {})
	.then(work, error => showSignIn(code || error.status !== 401 ? error.message : ''));
