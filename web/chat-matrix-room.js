// A Matrix room's events, in the form of Vonage's. No network.

const PLAIN = ['m.text', 'm.notice', 'm.emote'];
const OWN = 'livechat.';

/** `read`: a promise, set once somebody has asked for the whole history. */
export class Room {
	#id;
	#application; // the user who ends chats, which nobody can forge
	#events = []; // by their numbers, as far as they're known
	#numbers = new Map(); // by their Matrix ids
	#names = new Map(); // display names, by user
	#typing = [];
	#seen = {}; // the last event that each user has read

	constructor(id, application) {
		this.#id = id;
		this.#application = application;
	}

	/** The events from a number on, and how far each user has read them. */
	since(number) {
		return [...this.#events.slice(number).filter(Boolean), ...this.seen(this.#seen)];
	}

	/** The number of an event; undefined until it arrives. */
	number(eventId) {
		return this.#numbers.get(eventId);
	}

	/** The Matrix id of the event with a number. */
	eventId(number) {
		return this.#events[number].eventId;
	}

	/** Adds an event from the timeline; returns it, unless it was known. */
	add(raw) {
		const { event_id: eventId, sender, origin_server_ts: time, unsigned } = raw;
		const id = unsigned['livechat.number'];
		const isNew = !this.#numbers.has(eventId);
		if (isNew && raw.type === 'm.room.message') this.#typing = this.#typing.filter(user => user !== sender);
		this.#numbers.set(eventId, id);
		this.#events[id] = {
			id,
			eventId,
			conversationId: this.#id,
			key: unsigned.transaction_id, // only its sender gets it
			timestamp: new Date(time).toISOString(),
			...this.#told(raw),
			from: this.#user(sender),
		};
		return isNew ? this.#events[id] : null;
	}

	/** Records receipts. read: the last event that each user has read. */
	seen(read) {
		Object.assign(this.#seen, read);
		const known = Object.entries(read).filter(([, eventId]) => this.#numbers.has(eventId));
		return known.map(([user, eventId]) => this.#now(user, 'message:seen', { eventId: this.number(eventId) }));
	}

	/** Records who's typing. users: everybody who's typing. */
	types(users) {
		const stopped = this.#typing.filter(user => !users.includes(user));
		this.#typing = users;
		return [...stopped.map(user => this.#now(user, 'ephemeral', { typing: false })), ...this.stillTyping()];
	}

	/** Matrix reports typing once, but Vonage repeats it. */
	stillTyping() {
		return this.#typing.map(user => this.#now(user, 'ephemeral', { typing: true }));
	}

	/** An event that isn't in the history. */
	#now(user, kind, body) {
		return { conversationId: this.#id, kind, body, from: this.#user(user) };
	}

	#user(id) {
		if (id === this.#application) return { kind: 'system' };
		const name = id.replace(/^@(visitor-)?|:.*/g, '');
		const user = { id, name, displayName: this.#names.get(id) };
		return { kind: 'embeddedInfo', memberId: id, user };
	}

	/** An event's `kind` and `body`. */
	#told(raw) {
		const { type, content, unsigned } = raw;
		if (type === 'm.room.member') return this.#moved(raw);
		if (type === 'm.room.redaction') return { kind: 'event:delete', body: { eventId: unsigned['livechat.redacts'] } };
		if (unsigned.redacted_because) return { kind: 'deleted', body: {} };
		if (type === 'm.room.message') {
			const { msgtype = '', body } = content;
			return { kind: `message:${PLAIN.includes(msgtype) ? 'text' : msgtype.slice(2)}`, body: { text: body } };
		}
		if (!type.startsWith(OWN)) return { kind: 'other', body: content };
		return { kind: 'custom', eventType: `custom:${type.slice(OWN.length)}`, body: content };
	}

	/** The application is in the room to serve it. It isn't a member of the chat. */
	#moved({ state_key: id, content, unsigned }) {
		const { membership, displayname, reason } = content;
		const before = unsigned.prev_content?.membership;
		if (displayname) this.#names.set(id, displayname);
		const joined = membership === 'join' && before !== 'join';
		const left = membership !== 'join' && before === 'join';
		const kind = joined ? 'member:joined' : left ? 'member:left' : 'other';
		const body = { memberId: id, user: this.#user(id).user, reason: { text: reason } };
		return { kind: id === this.#application ? 'other' : kind, body };
	}
}
