// A client for Matrix with those parts of the Vonage client's interface that the window
// uses.
import { call, patience, read, within } from './chat-calls.js';
import { Room } from './chat-matrix-room.js';

const HELD = 25_000; // ms for which the server may hold a request until something happens
const TYPING = 4000; // ms; after six seconds, a window assumes that somebody has stopped typing
const PAGE = 500; // events

const NOTHING = { types: [] };

/** What the server should report. limit: the number of events per room in one answer,
 * which says if there are more. */
const filter = limit => JSON.stringify({
	account_data: NOTHING,
	presence: NOTHING,
	room: {
		account_data: NOTHING,
		ephemeral: { types: ['m.receipt', 'm.typing'] },
		state: NOTHING,
		timeline: { limit },
	},
});

class MatrixClient {
	#listeners = new Map();
	#config = {};
	#token;
	#since; // everything up to here has been reported
	#rooms = new Map(); // by id
	#session = new AbortController();
	#held = new AbortController(); // for the request that the server holds
	#asked; // resolves the wait for the next answer

	on(name, listener) {
		this.#listeners.set(name, listener);
	}

	setConfig(config) {
		const { url, userId } = this.#config;
		if (config.url !== url || config.userId !== userId) {
			this.#since = undefined;
			this.#rooms.clear();
		}
		this.#config = config;
	}

	async createSession(token) {
		this.#stop();
		this.#token = token;
		this.#session = new AbortController();
		const { signal } = this.#session;
		await this.#sync(0, signal);
		this.#listen(signal);
	}

	async refreshSession(token) {
		this.#token = token;
	}

	async deleteSession() {
		this.#stop();
	}

	/** Returns the history from a number on, as one page. */
	async getConversationEvents(id, { startId = 1 }) {
		await this.#upToNow();
		const room = this.#room(id);
		try {
			await (room.read ??= this.#read(id, room));
		} catch (error) {
			room.read = undefined;
			if (error.status === 403 || error.status === 404) error.code = 'conversation:error:not-found';
			throw error;
		}
		return { events: room.since(startId) };
	}

	/** An outbox entry has a key, so sending it again never makes a second message. */
	async send({ id }, { key, text }) {
		const path = `send/m.room.message/${encodeURIComponent(key)}`;
		const { event_id: eventId } = await this.#ask('PUT', id, path, { msgtype: 'm.text', body: text });
		return { id: this.#room(id).number(eventId) }; // if the answer has already arrived
	}

	sendEphemeralEvent(id, { typing }) {
		const user = encodeURIComponent(this.#config.userId);
		return this.#ask('PUT', id, `typing/${user}`, { typing, timeout: 2 * TYPING });
	}

	async sendMessageSeenEvent(number, id) {
		const eventId = this.#room(id).eventId(number);
		return this.#ask('POST', id, `receipt/m.read/${encodeURIComponent(eventId)}`, {});
	}

	#ask(method, room, path, body) {
		return call(this.#url(`rooms/${encodeURIComponent(room)}/${path}`), body, this.#token, method);
	}

	async #get(path, query, signal) {
		const headers = { Authorization: `Bearer ${this.#token}` };
		return read(await fetch(`${this.#url(path)}?${new URLSearchParams(query)}`, { headers, signal }));
	}

	#url(path) {
		return `${this.#config.url}/_matrix/client/v3/${path}`;
	}

	#room(id) {
		const application = `@livechat${this.#config.userId.replace(/^[^:]*/, '')}`;
		if (!this.#rooms.has(id)) this.#rooms.set(id, new Room(id, application));
		return this.#rooms.get(id);
	}

	#tell(events) {
		for (const event of events) if (event) this.#listeners.get('conversationEvent')?.(event);
	}

	#stop() {
		this.#session.abort();
		this.#asked?.reject(new Error('The session has ended'));
		this.#asked = null;
	}

	/** Resolves when everything that has happened until now is known. */
	#upToNow() {
		this.#asked ??= Promise.withResolvers();
		this.#held.abort();
		return this.#asked.promise;
	}

	/** Asks for new events, repeatedly, until the session ends. */
	async #listen(signal) {
		const repeat = setInterval(() => {
			for (const room of this.#rooms.values()) this.#tell(room.stillTyping());
		}, TYPING);
		signal.addEventListener('abort', () => clearInterval(repeat));
		for (let failed = 0; !signal.aborted;) {
			const [asked, token, held] = [this.#asked, this.#token, new AbortController()];
			this.#asked = null;
			this.#held = held;
			try {
				await (asked || failed ? this.#sync(0, signal) : this.#sync(HELD, signal, held.signal));
				asked?.resolve();
				if (failed) this.#listeners.get('reconnection')();
				failed = 0;
			} catch (error) {
				asked?.reject(error);
				if (signal.aborted) return;
				if (this.#asked && !asked && !failed) continue; // somebody needs an answer now
				if (error.status === 401 && token !== this.#token) continue;
				if (error.status === 401) return this.#listeners.get('sessionError')('EXPIRED_TOKEN');
				if (!failed++) this.#listeners.get('reconnecting')();
				await patience(error, failed);
			}
		}
	}

	/** Asks for new events, and reports them. wait: ms for which the server may hold the request. */
	async #sync(wait, ...signals) {
		const since = this.#since;
		const query = { timeout: wait, set_presence: 'offline', filter: filter(since ? 50 : 1), ...since && { since } };
		const signal = AbortSignal.any([AbortSignal.timeout(wait + 15_000), ...signals]);
		const { rooms: { join = {}, leave = {} } = {}, next_batch: next } = await this.#get('sync', query, signal);
		await Promise.all(Object.entries(join).map(([id, room]) => this.#hear(id, room, since, next)));
		if (signal.aborted && this.#since !== since) return;
		this.#since = next;
		for (const id of Object.keys(leave)) this.#leave(id);
	}

	/** Processes what has happened in a room between two answers. */
	async #hear(id, { timeline: { events, limited }, ephemeral }, since, next) {
		const room = this.#room(id);
		const told = wanted => ephemeral.events.filter(({ type }) => type === wanted).map(({ content }) => content);
		const all = limited && room.read ? await this.#pages(id, { from: since, to: next }) : events;
		const news = [
			...all.map(event => room.add(event)),
			...told('m.receipt').flatMap(receipts => room.seen(readers(receipts))),
			...told('m.typing').flatMap(({ user_ids: users }) => room.types(users)),
		];
		if (since) this.#tell(news);
	}

	/** After that, the server doesn't report what happens in the room. */
	#leave(id) {
		const { userId } = this.#config;
		this.#rooms.delete(id);
		this.#tell([{ conversationId: id, kind: 'member:left', body: { user: { id: userId } } }]);
	}

	async #read(id, room) {
		(await this.#pages(id, {})).forEach(event => room.add(event));
	}

	/** Reads a room's history: all of it, or the part between two answers of `sync`. */
	async #pages(id, query) {
		const events = [];
		for (let { from } = query; ;) {
			const page = { ...query, dir: 'f', limit: PAGE, ...from && { from } };
			const { chunk, end } = await within(this.#get(`rooms/${encodeURIComponent(id)}/messages`, page));
			events.push(...chunk);
			if (!end || !chunk.length) break;
			from = end;
		}
		const number = ({ unsigned }) => unsigned['livechat.number'];
		return events.sort((one, other) => number(one) - number(other));
	}
}

/** The last event that each user has read, from a list of receipts. */
function readers(receipts) {
	const each = Object.entries(receipts).flatMap(([eventId, { 'm.read': users = {} }]) => (
		Object.keys(users).map(user => [user, eventId])));
	return Object.fromEntries(each);
}

export const makeClient = () => new MatrixClient();
