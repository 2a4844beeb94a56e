// The only file that knows Vonage: signs in, reads history, hears, sends, comes back.
// A send is answered with a time only; the id comes with its echo, an event.
import { ChatStore } from './chat-store.js';
import { strings } from './strings.js';

const PATIENCE = 15_000; // ms
const RENEWAL = 300_000; // ms; a token lives three times as long

/** Asks the website. */
export async function post(path, body = {}) {
	const answer = await within(fetch(new URL(`../api/${path}`, import.meta.url), {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
	}));
	const data = await answer.json();
	if (answer.ok) return data;
	throw Object.assign(new Error(data.detail), { seconds: data.retry_after_seconds });
}

export const loadSdk = () => import(new URL('../sdk/vonageClientSDK.min.mjs', import.meta.url));

export function openChat(widget) {
	const client = new VisitorClient();
	bind(widget, client.store, client);
	client.connect();
}

/** Shows a store in a widget, and sends what is written in it. */
export function bind(widget, store, client) {
	const on = (name, act) => widget.addEventListener(name, act);
	const read = () => { store.reading = widget.open; };
	on('chat-open', read);
	on('chat-close', read);
	on('chat-retry', ({ detail }) => client.send(store, detail));
	on('chat-send', event => {
		event.preventDefault();
		client.send(store, store.write(event.detail, strings.you));
	});
	store.addEventListener('message', ({ detail }) => widget.addMessage(detail));
	store.addEventListener('clear', () => widget.clear());
	store.addEventListener('change', () => {
		widget.setConnection(store.connection, !!store.busy);
		widget.setUnread(store.unread);
	});
	read();
}

/** A user's session; subclasses sign in, renew, and hear of conversations joined. */
export class ChatClient {
	stores = new Map();
	#round = 0; // each change of the connection ends what was going on
	#queue = [];
	#sending = false;
	#timer;

	connect(state = 'connecting') {
		this.#is(state);
		return this.#persist(async () => {
			const { user, jwt, sdk } = await this.signIn();
			const { VonageClient } = await loadSdk();
			this.user = user;
			this.sdk ??= this.#listen(new VonageClient({ loggingLevel: 'Error' }));
			this.sdk.setConfig(sdk);
			await this.sdk.createSession(jwt);
			clearInterval(this.#timer);
			const refresh = async () => this.sdk.refreshSession((await this.renew()).jwt);
			this.#timer = setInterval(() => refresh().catch(() => {}), RENEWAL);
			this.#resume();
		});
	}

	send(store, message) {
		store.mark(message, 'sending');
		this.#queue.push([store, message]);
		this.#pump();
	}

	catchUp(store) {
		const busy = store.busy ?? this.#read(store).finally(() => store.set({ busy: null }));
		store.set({ busy });
		return busy;
	}

	catchUpAll() {
		return Promise.all([...this.stores.values()].map(store => this.catchUp(store)));
	}

	#listen(sdk) {
		sdk.on('conversationEvent', event => {
			const store = this.stores.get(event.conversationId);
			if (!store) return this.joined(event.conversationId);
			this.#take(store, event);
			// Ids have no gaps: what is skipped was missed.
			if (event.id > store.known) this.catchUp(store).catch(() => {});
		});
		sdk.on('reconnecting', () => this.#is('reconnecting'));
		sdk.on('reconnection', () => this.#resume()); // what it missed it does not tell
		sdk.on('sessionError', () => this.connect('reconnecting')); // it has given up
		return sdk;
	}

	#take(store, { id, kind, from, body, timestamp: at, memberStatuses }) {
		const { user = {}, memberId } = from ?? {};
		const me = user.id === this.user.id;
		if (kind === 'message:text') {
			const name = me ? strings.you : user.displayName || user.name || strings.support;
			store.receive({ id, me, name, text: body.text, at });
			for (const [member, { current }] of Object.entries(memberStatuses ?? {})) {
				if (member !== memberId) store.receipt(id, current);
			}
		} else if (id) {
			store.meet(id);
			if (!me) store.receipt(body.eventId, kind.replace('message:', ''));
		}
	}

	async #read(store) {
		do {
			const { met, conversationId } = store;
			const query = { order: 'desc', pageSize: 100, startId: store.known + 1 };
			query.eventFilter = ['message']; // receipts in the list make the SDK fail
			do {
				const page = await within(this.sdk.getConversationEvents(conversationId, query));
				page.events.forEach(event => this.#take(store, event));
				query.cursor = page.nextCursor;
			} while (query.cursor);
			store.known = Math.max(store.known, met);
		} while (store.known < store.met);
	}

	#resume() {
		return this.#persist(async round => {
			await this.catchUpAll();
			if (round !== this.#round) return;
			this.#is('online');
			this.#pump();
			// `reconnection` comes before the server lets us in: something may lie between.
			await pause(2);
			await this.catchUpAll();
		});
	}

	async #pump() {
		if (this.#sending) return;
		this.#sending = true; // one at a time, in order
		while (this.state === 'online' && this.#queue.length) {
			await this.#deliver(...this.#queue.shift());
		}
		this.#sending = false;
	}

	async #deliver(store, message) {
		try {
			// Perhaps an earlier try was stored, and only its answer lost.
			if (message.tried) await this.catchUp(store);
			if (message.id || message.storedAt) return;
			message.tried = true;
			// Without `true` the SDK refuses quotes, & and <.
			const sent = this.sdk.sendMessageTextEvent(store.conversationId, message.text, true);
			message.storedAt = await within(sent);
			store.receipt(message.key, 'sent');
		} catch {
			await this.catchUp(store).catch(() => {});
			if (!message.id) store.mark(message, 'failed');
		}
	}

	#is(state) {
		this.state = state;
		const connection = state === 'online' || navigator.onLine ? state : 'offline';
		for (const store of this.stores.values()) store.set({ connection });
	}

	/** Tries until it works or the connection changes. */
	async #persist(act) {
		const round = ++this.#round;
		for (let attempt = 0; round === this.#round; attempt++) {
			try {
				return await act(round);
			} catch ({ seconds = 0 }) {
				if (attempt && this.state === 'connecting') this.#is('error');
				await pause(Math.max(seconds, Math.min(15, 2 ** attempt / 2)));
			}
		}
	}
}

class VisitorClient extends ChatClient {
	store = new ChatStore();
	stores = new Map([['', this.store]]);

	async signIn() {
		const chat = await post('new');
		const { id } = chat.conversation;
		if (this.store.conversationId !== id) this.store.reset(id);
		this.stores = new Map([[id, this.store]]);
		return chat;
	}

	renew() {
		return post('token');
	}

	joined() {}
}

function within(promise) {
	const late = (_, reject) => setTimeout(reject, PATIENCE, new Error('No answer'));
	return Promise.race([promise, new Promise(late)]);
}

/** Waits a bit more or less, so that pages do not come back all at once. */
const pause = seconds => new Promise(resolve => {
	setTimeout(resolve, seconds * (750 + Math.random() * 500));
	addEventListener('online', resolve, { once: true });
});
