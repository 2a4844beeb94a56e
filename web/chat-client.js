// The only file that knows Vonage: signs in, reads history, hears, sends, comes back.
import { ChatStore } from './chat-store.js';
import { strings } from './strings.js';

const PATIENCE = 15_000; // ms
const RENEWAL = 300_000; // ms; a token lives three times as long
const ENDED = 'custom:chat_ended';
const KINDS = ['message', 'member:joined', 'member:left', ENDED]; // receipts are in the messages

/** Asks the website. */
export async function post(path, body = {}) {
	const answer = await within(fetch(new URL(`../api/${path}`, import.meta.url), {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
	}));
	const { status, ok } = answer;
	const data = status === 204 ? {} : await answer.json();
	if (ok) return data;
	throw Object.assign(new Error(data.detail), { status, seconds: data.retry_after_seconds });
}

export const loadSdk = () => import(new URL('../sdk/vonageClientSDK.min.mjs', import.meta.url));

const clients = new WeakMap();

/** Gives a widget the visitor's conversation, until it is taken off the page. */
export function openChat(widget) {
	const known = clients.get(widget);
	if (known) return known.state === 'error' && known.connect();
	const client = new VisitorClient();
	const { store, signal } = client;
	const ending = () => import('./chat-ending.js');
	clients.set(widget, client);
	bind(widget, store, client);
	widget.addEventListener('chat-leave', () => {
		clients.delete(widget);
		client.close();
	}, { signal });
	widget.addEventListener('chat-end', async () => (await ending()).ask(widget), { signal });
	store.addEventListener('end', async () => {
		client.leave(); // or a new chat would begin when the connection breaks
		(await ending()).show(widget, client);
	}, { signal });
	client.connect();
}

/** Shows a store in a widget, and does what is asked there, until the client closes. */
export function bind(widget, store, client) {
	const on = (target, reactions) => {
		for (const [name, react] of Object.entries(reactions)) {
			target.addEventListener(name, ({ detail }) => react(detail), { signal: client.signal });
		}
	};
	on(widget, {
		'chat-reading': reading => { store.reading = reading; },
		'chat-typing': typing => client.type(store, typing),
		'chat-send': text => {
			store.write(text, strings.you);
			client.send(store);
		},
		'chat-retry': message => {
			store.mark(message, 'sending');
			client.send(store);
		},
	});
	on(store, {
		message: ({ message, next }) => widget.addMessage(message, next),
		update: message => widget.updateMessage(message),
		clear: () => widget.clear(),
		change: () => {
			widget.setConnection(store.connection, !!store.busy);
			widget.setUnread(store.unread);
			widget.setTyping(store.typing);
			client.see(store);
		},
	});
	store.reading = widget.reading;
}

/**
 * A user's session. Subclasses sign in, renew the token, hear of new chats and who leaves.
 * To read: `stores` (by conversation), `state`, `sdk`, `user`, `signal` (it has closed).
 */
export class ChatClient {
	stores = new Map();
	#round = 0; // each change of the connection ends what was going on
	#renewal = 0; // when the token is due
	#closing = new AbortController();
	signal = this.#closing.signal;

	constructor() {
		const { signal } = this;
		const renew = () => this.#renew().catch(() => {});
		// A clock, not one long timer: that stands still while a laptop sleeps.
		const timer = setInterval(renew, 10_000);
		signal.addEventListener('abort', () => clearInterval(timer));
		document.addEventListener('visibilitychange', renew, { signal });
		// Whether it is true, a look at the server tells.
		const look = () => this.state === 'online' && this.#resume();
		addEventListener('offline', look, { signal });
		addEventListener('online', look, { signal });
	}

	connect(state = 'connecting') {
		this.#is(state);
		return this.#persist(async round => {
			const { user, jwt, sdk } = await this.signIn();
			const { VonageClient } = await loadSdk();
			if (round !== this.#round) return;
			this.user = user;
			this.sdk ??= this.#listen(new VonageClient({ loggingLevel: 'Error' }));
			this.sdk.setConfig(sdk);
			await this.sdk.createSession(jwt);
			this.#renewal = Date.now() + RENEWAL;
			this.#resume();
		});
	}

	/** Ends the session; `connect` begins another. */
	leave() {
		this.#round++;
		this.state = 'ended';
		this.sdk?.deleteSession().catch(() => {});
	}

	close() {
		this.leave();
		this.#closing.abort();
	}

	/** Sends what waits, one after the other. */
	async send(store) {
		if (store.connection === 'offline') return store.mark(store.waiting, 'failed');
		if (store.sending) return;
		store.sending = true;
		while (this.state === 'online' && store.waiting) await this.#deliver(store, store.waiting);
		store.sending = false;
	}

	/** Tells the other side that somebody types here, or has stopped. */
	type({ connection, conversationId }, typing) {
		if (connection !== 'online') return;
		this.sdk.sendEphemeralEvent(conversationId, { typing }).catch(() => {});
	}

	/** Tells the other side, and our other tabs, what has been read. */
	see(store) {
		const { connection, conversationId, messages, read, seen } = store;
		const last = messages.findLast(({ id, me }) => id <= read && !me)?.id;
		if (connection !== 'online' || !(last > seen)) return;
		store.seen = last;
		this.sdk.sendMessageSeenEvent(last, conversationId).catch(() => {
			store.seen = seen; // the next change tries again
		});
	}

	/** Reads what is new in the history. */
	async catchUp(store) {
		if (store.ended) return;
		store.busy ??= this.#read(store).finally(() => store.set({ busy: null }));
		store.set({});
		try {
			await store.busy;
		} catch (error) {
			if (error.code !== 'conversation:error:not-found') throw error;
			store.end(); // not for us any more
		}
	}

	catchUpAll() {
		return Promise.all([...this.stores.values()].map(store => this.catchUp(store)));
	}

	/** A conversation that we had not known before. */
	joined() {}

	/** Somebody has left a conversation. */
	left() {}

	#listen(sdk) {
		sdk.on('conversationEvent', event => {
			const store = this.stores.get(event.conversationId);
			if (store) this.#hear(store, event);
			else this.joined(event.conversationId);
		});
		sdk.on('reconnecting', () => {
			this.#round++;
			this.#is('reconnecting');
		});
		sdk.on('reconnection', () => this.#resume()); // what it missed it does not tell
		// It has given up.
		sdk.on('sessionError', reason => {
			if (this.state === 'ended') return;
			this.connect(`${reason}` === 'EXPIRED_TOKEN' ? 'expired' : 'reconnecting');
		});
		return sdk;
	}

	/** Takes in what happens now; ids have no gaps: what is skipped was missed. */
	#hear(store, event) {
		const { id = 0, kind } = event;
		store.met = Math.max(store.met, id);
		if (id > store.known + 1) return this.catchUp(store).catch(() => {});
		this.#take(store, event);
		if (kind === 'message:text') ring(store);
	}

	#take(store, { id, kind, eventType, from, body, timestamp: at }) {
		if (id <= store.known) return;
		if (id) store.known = id;
		const { user = {} } = from ?? {};
		const me = user.id === this.user.id;
		const name = me ? strings.you : user.displayName || user.name || strings.support;
		if (kind === 'message:text') {
			store.receive({ id, me, name, text: body.text, at });
		} else if (kind === 'message:seen' && me) {
			store.seenUpTo(body.eventId); // by another tab
		} else if (kind === 'message:seen' || kind === 'message:delivered') {
			if (!me) store.receipt(body.eventId, kind.replace('message:', ''));
		} else if (kind === 'ephemeral' && !me) {
			store.type(body.typing ? name : '');
		} else if (kind === 'member:joined' && body.user.id === this.user.id) {
			store.memberId = body.memberId;
		} else if (eventType === ENDED && from.kind === 'system') {
			store.end(); // only the website's has no sender
		} else if (kind === 'member:left') {
			this.left(store, body);
		}
	}

	/** Takes in who has had or seen a message of the history. */
	#settle(store, { id, from, memberStatuses }) {
		for (const [member, { seen, current }] of Object.entries(memberStatuses ?? {})) {
			if (member === store.memberId && seen) store.seenUpTo(id);
			else if (![store.memberId, from?.memberId].includes(member)) {
				store.receipt(id, seen ? 'seen' : current); // whatever was said last
			}
		}
	}

	async #read(store) {
		do {
			const { conversationId, met, since } = store;
			const query = { order: 'asc', pageSize: 100, startId: since, eventFilter: KINDS };
			do {
				const page = await within(this.sdk.getConversationEvents(conversationId, query));
				for (const event of page.events) {
					this.#take(store, event);
					this.#settle(store, event);
				}
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
			this.stores.forEach(store => this.send(store));
			// `reconnection` comes before the server lets us in: something may lie between.
			await pause(2);
			await this.catchUpAll();
		});
	}

	async #renew() {
		if (this.state !== 'online' || Date.now() < this.#renewal) return;
		this.#renewal = Date.now() + 30_000; // if it fails, that soon again
		const { jwt } = await this.renew();
		await this.sdk.refreshSession(jwt).catch(() => this.connect('expired'));
		this.#renewal = Date.now() + RENEWAL;
	}

	async #deliver(store, message) {
		try {
			// Perhaps an earlier try was stored, and only its answer lost.
			if (message.tried) await this.catchUp(store);
			if (message.state !== 'sending') return;
			message.tried = true;
			// Without `true` the SDK refuses quotes, & and <.
			await within(this.sdk.sendMessageTextEvent(store.conversationId, message.text, true));
			store.mark(message, 'sent');
		} catch (error) {
			if (isOver(error) && this.state === 'online') this.connect('expired');
			if (this.state !== 'online') return; // it goes out when we are back
			await this.catchUp(store).catch(() => {});
			store.mark(message, 'failed');
		}
	}

	#is(state) {
		this.state = state;
		const connection = state === 'online' || navigator.onLine ? state : 'offline';
		for (const store of this.stores.values()) {
			if (!store.ended) store.set({ connection });
		}
	}

	/** Tries until it works or the connection changes. */
	async #persist(act) {
		const round = ++this.#round;
		for (let attempt = 0; round === this.#round; attempt++) {
			try {
				return await act(round);
			} catch (error) {
				if (round !== this.#round) return;
				if (isOver(error) && this.state !== 'expired') return this.connect('expired');
				const first = this.state === 'connecting' || this.state === 'error';
				if (attempt || !first) this.#is(first ? 'error' : 'reconnecting');
				await pause(Math.max(error.seconds ?? 0, Math.min(15, 2 ** attempt / 2)));
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

	left(store, { user }) {
		if (user.id === this.user.id) store.end();
	}
}

/** Whether an error says that the token, or with it the session, has ended. */
const isOver = ({ code }) => /^internal:auth|no-active-session$/.test(code);

/** Sounds for what nobody reads; of several tabs one, and none if it is read in one. */
async function ring({ conversationId, unread }) {
	if (unread && !navigator.userActivation?.hasBeenActive) return; // it may not sound
	if (unread) await pause(0.5);
	navigator.locks?.request(conversationId, { ifAvailable: true }, async lock => {
		if (lock && unread) (await import('./chat-sound.js')).ring();
		await pause(2);
	});
}

function within(promise) {
	const { promise: late, reject } = Promise.withResolvers();
	const timer = setTimeout(reject, PATIENCE, new Error('No answer'));
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Waits a bit more or less, so that pages do not come back all at once. */
function pause(seconds) {
	const { promise, resolve } = Promise.withResolvers();
	setTimeout(resolve, seconds * (750 + Math.random() * 500));
	addEventListener('online', resolve);
	return promise.finally(() => removeEventListener('online', resolve));
}
