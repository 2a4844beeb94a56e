// The agent's page: signs in, lists the chats that are the agent's, and shows one of
// them in the customer page's own chat window.
import { bind, ChatClient, post } from './chat-client.js';
import { ChatStore } from './chat-store.js';
import { ChatWidget, h } from './chat-widget.js';
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
strings.greeting = ''; // it is for visitors

const $ = selector => document.querySelector(selector);
const rows = new Map(); // by conversation: {id, name, store, widget, button, ...}
let chosen; // a row

/** The agent's session. Each time it comes back it looks for new chats, too. */
class Desk extends ChatClient {
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
		await this.catchUp(this.stores.get(id));
	}

	/** Somebody has left: the visitor, a colleague, or, by handing over, this agent. */
	async left(store, { user }) {
		const row = rows.get(store.conversationId);
		if (user.name === row.user) store.end();
		if (user.id !== this.user.id) return;
		// It may have been long ago: who came back can look at it.
		await this.sdk.getConversation(row.id).catch(() => remove(row));
	}

	async catchUpAll() {
		const query = { order: 'asc', pageSize: 100 };
		do {
			const page = await this.sdk.getConversations(query);
			page.conversations.filter(each => each.memberState === 'JOINED').forEach(add);
			query.cursor = page.nextCursor;
		} while (query.cursor);
		await super.catchUpAll();
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
		user: name, // the visitor's has the conversation's name
		store: new ChatStore(),
		widget: h('chat-widget', { id, hidden: true }),
		waiting: h('span.waiting'),
		last: h('span.last'),
		unread: h('span.unread'),
	};
	const { store, widget } = row;
	const initials = title.split(' ').map(word => word[0]).join('').slice(0, 2);
	row.button = h('button', { onclick: () => choose(row) },
		h('span.avatar', { ariaHidden: 'true' }, initials),
		h('b', {}, title), row.waiting, row.last, row.unread);
	row.item = h('li', {}, row.button);
	widget.setAttribute('inline', '');
	rows.set(id, row);
	desk.stores.set(id, store);
	store.set({ conversationId: id, connection: desk.state });
	$('#open').prepend(row.item);
	$('#replies').before(widget);
	bind(widget, store, desk);
	store.addEventListener('change', () => update(row));
	store.addEventListener('end', () => {
		widget.replaceForm(h('p'));
		$('#past ul').prepend(row.item);
		if (row === chosen) choose(row);
	});
	update(row);
}

/** Forgets a chat that somebody else has now. */
function remove(row) {
	if (row === chosen) choose();
	desk.stores.delete(row.id);
	rows.delete(row.id);
	row.item.remove();
	row.widget.remove();
	count();
}

/** Shows one chat and hides the others, which keep their draft and place. */
function choose(row) {
	chosen = row;
	const writes = row && !row.store.ended;
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
	const { store, last, unread, waiting } = row;
	const { messages, typing } = store;
	const minutes = store.ended ? -1 : waits(messages);
	last.textContent = typing ? 'typing…' : messages.at(-1)?.text ?? '';
	unread.textContent = store.unread || '';
	unread.ariaLabel = store.unread ? strings.unread(store.unread) : null;
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
	const unread = all.reduce((sum, { store }) => sum + store.unread, 0);
	document.title = unread ? `(${unread}) Support agent` : 'Support agent';
	$('#choose').hidden = chosen || !rows.size;
	$('#none').hidden = all.some(({ store }) => !store.ended);
	$('#past').hidden = all.every(({ store }) => !store.ended);
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
