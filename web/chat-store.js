// One conversation: its messages, each once and in order. No DOM, no network.
// A message is {id, text, me, name, at, state, newDay, follows}. Its id comes with its
// echo from the server; until then it stands last.

const STATES = ['failed', 'sending', 'sent', 'delivered', 'seen'];
const PAUSE = 300_000; // ms after which a sender is named again

/**
 * Events: `message` (detail: {message, next}; it stands before the next one, or last),
 * `update` (detail: the message), `clear`, `end`, `change` (of anything else).
 * To read: `messages`, `unread`, `connection`, `ended`, `typing` (who is).
 */
export class ChatStore extends EventTarget {
	connection = 'connecting';
	typing = '';
	messages = [];
	known = 0; // every event up to this id has been taken in
	met = 0; // the highest id heard of
	read = 0; // what is up to this id has been read, here or in another tab
	seen = 0; // and what is up to this one, the other side knows to be read
	#reading = false;
	#typing;

	get ended() {
		return this.connection === 'ended';
	}

	get unread() {
		return this.messages.filter(({ id, me }) => id > this.read && !me).length;
	}

	/** The first message that waits to be sent. */
	get waiting() {
		return this.messages.find(({ state }) => state === 'sending');
	}

	/** From this id on the history may have news: a message, or that ours was seen. */
	get since() {
		const open = this.messages.find(({ id, me, state }) => id && me && state !== 'seen');
		return open?.id ?? this.known + 1;
	}

	/** While somebody reads, nothing is unread. */
	set reading(reading) {
		this.#reading = reading;
		this.readUpTo(reading ? this.known : 0);
	}

	readUpTo(id) {
		this.set({ read: Math.max(this.read, id) });
	}

	seenUpTo(id) {
		this.seen = Math.max(this.seen, id);
		this.readUpTo(id);
	}

	set(values) {
		Object.assign(this, values);
		this.#tell('change');
	}

	/** Begins another conversation; keeps what is not sent yet. */
	reset(conversationId) {
		const unsent = this.messages.filter(({ id }) => !id);
		this.known = this.met = this.read = this.seen = 0;
		this.set({ conversationId, messages: [], connection: 'connecting' });
		this.#tell('clear');
		unsent.forEach(message => this.#show(message));
	}

	end() {
		if (this.ended) return;
		this.type('');
		this.set({ connection: 'ended' });
		this.#tell('end');
	}

	/** Somebody types, or nobody; who says no more of it has stopped. */
	type(name) {
		clearTimeout(this.#typing);
		if (name) this.#typing = setTimeout(() => this.type(''), 6000);
		if (name !== this.typing) this.set({ typing: name });
	}

	write(text, name) {
		const at = new Date().toISOString();
		this.#show({ text, me: true, name, at, state: 'sending' });
	}

	/** Takes in a message from the server, or the echo of one of ours. */
	receive(message) {
		const { id, me, text } = message;
		const ours = me && this.messages.findLast(m => m.tried && !m.id && m.text === text);
		if (!me) this.type('');
		if (me || this.#reading) this.read = id; // who answers has read
		this.#show(Object.assign(ours || {}, message, { state: 'sent' }));
	}

	/** Who has had a message, or seen it, has so with those before it. */
	receipt(id, state) {
		for (const message of this.messages) {
			if (message.me && message.id <= id) this.mark(message, state);
		}
	}

	/** Says what became of a message: it gets further, or fails while it is sent. */
	mark(message, state) {
		const further = STATES.indexOf(state) - STATES.indexOf(message.state);
		if (further <= 0 && !(state === 'failed' && message.state === 'sending')) return;
		message.state = state;
		this.#tell('update', message);
	}

	#show(message) {
		const { messages } = this;
		const old = messages.lastIndexOf(message);
		if (old >= 0) messages.splice(old, 1);
		const index = message.id ? messages.findLastIndex(({ id }) => id) + 1 : messages.length;
		messages.splice(index, 0, message);
		this.#relate(index);
		const after = messages.slice(index + 1);
		if (old === index) this.#tell('update', message);
		else this.#tell('message', { message, next: after[0] });
		after.forEach(each => this.#tell('update', each));
		this.#tell('change');
	}

	/** Says which messages begin a day, and which go on where their sender was. */
	#relate(start) {
		for (let index = start; index < this.messages.length; index++) {
			const [before = {}, message] = [this.messages[index - 1], this.messages[index]];
			const [then, now] = [new Date(before.at), new Date(message.at)];
			message.newDay = then.toDateString() !== now.toDateString();
			message.follows = !message.newDay && now - then < PAUSE
				&& before.me === message.me && before.name === message.name;
		}
	}

	#tell(name, detail) {
		this.dispatchEvent(new CustomEvent(name, { detail }));
	}
}
