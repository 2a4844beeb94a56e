// One conversation: its messages, each once and in order. No DOM, no network.
// A message is {key, id, order, text, me, name, at, state}. Its key never changes; its
// id comes with the echo from the server, and until then it stands last.

const STATES = ['failed', 'sending', 'sent', 'delivered', 'seen'];
const later = (a, b) => (STATES.indexOf(a) < STATES.indexOf(b) ? b : a);

/** Events: `message` (detail: what is new or changed), `clear`, `change`. */
export class ChatStore extends EventTarget {
	connection = 'connecting';
	known = 0; // every event up to this id has been taken in
	met = 0; // the highest id met; there may be gaps between the two
	#messages = new Map(); // by key and by id
	#read = 0;
	#reading = false;

	get messages() {
		return [...new Set(this.#messages.values())].sort((a, b) => a.order - b.order);
	}

	get unread() {
		return this.messages.filter(message => message.id > this.#read).length;
	}

	/** While somebody reads, nothing is unread. */
	set reading(reading) {
		this.#reading = reading;
		if (reading) this.#read = this.met;
		this.#tell('change');
	}

	set(values) {
		Object.assign(this, values);
		this.#tell('change');
	}

	/** Begins another conversation; keeps what is not sent yet. */
	reset(conversationId) {
		this.known = this.met = this.#read = 0;
		this.#tell('clear');
		for (const [key, message] of this.#messages) {
			if (message.id) this.#messages.delete(key);
			else this.#show(message);
		}
		this.set({ conversationId });
	}

	meet(id) {
		this.met = Math.max(this.met, id);
		if (id === this.known + 1) this.known = id;
	}

	/** Takes in a message from the server, however often it comes. */
	receive(message) {
		const { id, me } = message;
		this.meet(id);
		const old = this.#messages.get(id) || (me && this.#waiting(message)) || {};
		const state = later(old.state, 'sent');
		Object.assign(old, message, { key: old.key ?? id, order: id, state });
		// Who answers has read.
		if (this.#reading || me) this.#read = Math.max(this.#read, id);
		this.#show(old);
	}

	receipt(id, state) {
		const message = this.#messages.get(id);
		if (message) this.mark(message, later(message.state, state));
	}

	write(text, name) {
		const order = 1e15 + this.#messages.size;
		const at = new Date().toISOString();
		const message = { key: order, order, text, me: true, name, at, state: 'sending' };
		this.#show(message);
		return message;
	}

	mark(message, state) {
		if (message.state === state) return;
		message.state = state;
		this.#show(message);
	}

	// An echo is what was stored at that moment; or by its text what is on its way, or
	// what had no answer.
	#waiting({ text, at }) {
		const tried = this.messages.filter(m => m.tried && !m.id);
		const same = tried.filter(m => !m.storedAt && m.text === text);
		return tried.find(m => m.storedAt === at)
			?? same.find(m => m.state === 'sending') ?? same[0];
	}

	#show(message) {
		this.#messages.set(message.key, message).set(message.id ?? message.key, message);
		this.#tell('message', message);
		this.#tell('change');
	}

	#tell(name, detail) {
		this.dispatchEvent(new CustomEvent(name, { detail }));
	}
}
