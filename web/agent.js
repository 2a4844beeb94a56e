// The agent's page: signs in with the agent's password, lists the conversations the
// agent has joined, and shows one of them in the customer page's own chat window.
import { bind, ChatClient, post } from './chat-client.js';
import { ChatStore } from './chat-store.js';
import { ChatWidget, h } from './chat-widget.js';
import { strings } from './strings.js';

customElements.define('chat-widget', ChatWidget);
strings.greeting = '';

const $ = selector => document.querySelector(selector);
const rows = new Map(); // by conversation id: {store, widget, button, ...}

$('#sign-in form').onsubmit = async event => {
	event.preventDefault();
	const { value: password } = $('#password');
	const signIn = () => post('jwt/agent', { password });
	try {
		await signIn();
		$('#sign-in').remove(); // the password lives on in `signIn` alone
		$('#desk').hidden = false;
		work(signIn);
	} catch (error) {
		$('[role=alert]').textContent = error.message;
		$('#password').select();
	}
};

/** The agent's session. Each time it comes back it looks for new conversations, too. */
class Desk extends ChatClient {
	constructor(signIn) {
		super();
		this.signIn = this.renew = signIn;
	}

	async joined(id) {
		add(this, await this.sdk.getConversation(id));
		await this.catchUp(this.stores.get(id));
	}

	async catchUpAll() {
		const query = { order: 'asc', pageSize: 100 };
		do {
			const page = await this.sdk.getConversations(query);
			page.conversations.forEach(conversation => add(this, conversation));
			query.cursor = page.nextCursor;
		} while (query.cursor);
		await super.catchUpAll();
	}
}

function work(signIn) {
	new Desk(signIn).connect();
	setInterval(() => rows.forEach(update), 30_000); // who waits, waits longer
}

/** Adds a conversation, on top: the newest stand first. */
function add(desk, { id, name, displayName }) {
	if (rows.has(id)) return;
	const store = new ChatStore();
	store.set({ conversationId: id, connection: desk.state });
	desk.stores.set(id, store);
	const row = {
		store,
		widget: h('chat-widget', { id, hidden: true }),
		name: h('b', {}, displayName || name),
		waiting: h('span.waiting', {}),
		last: h('span.last', {}),
		unread: h('span.unread', {}),
	};
	row.widget.setAttribute('inline', '');
	row.button = h('button', { onclick: () => choose(id) }, row.name, row.waiting, row.last, row.unread);
	row.item = h('li', {}, row.button);
	rows.set(id, row);
	$('#none').hidden = true;
	$('#desk ul').prepend(row.item);
	$('#desk main').append(row.widget);
	bind(row.widget, store, desk);
	store.reading = false;
	store.addEventListener('change', () => update(row));
	update(row);
}

/** Shows one conversation and hides the others, which keep their draft and place. */
function choose(id) {
	$('#choose').hidden = true;
	for (const [other, { store, widget, button }] of rows) {
		const chosen = other === id;
		widget.hidden = !chosen;
		store.reading = chosen;
		if (chosen) button.ariaCurrent = 'true';
		else button.removeAttribute('aria-current');
	}
	rows.get(id).widget.focus();
}

function update({ store, last, unread, waiting }) {
	const messages = store.messages;
	const answered = messages.findLastIndex(message => message.me);
	const since = messages[answered + 1]?.at;
	const minutes = Math.floor((Date.now() - new Date(since)) / 60_000);
	last.textContent = messages.at(-1)?.text ?? '';
	unread.textContent = store.unread || '';
	unread.hidden = !store.unread;
	if (store.unread) unread.ariaLabel = strings.unread(store.unread);
	waiting.textContent = !since ? '' : minutes ? `waiting ${minutes} min` : 'waiting';
	const total = [...rows.values()].reduce((sum, row) => sum + row.store.unread, 0);
	document.title = total ? `(${total}) Support agent` : 'Support agent';
}
