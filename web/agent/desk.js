// The agent's session, and the rows of the chats that the agent may read.
import { post, within } from '../chat-calls.js';
import { Conversation, ring } from '../chat-conversation.js';
import { Session } from '../chat-session.js';
import { take } from './rows.js';

const SOON = 250; // ms; one call covers everything that happens within it
const AGAIN = 3000; // ms until a failed call is repeated
const OFTEN = 10_000; // ms between two looks at the queue, which no session reports
const MOST_OPEN = 8; // conversations that are kept up to date besides their rows

/** A conversation as an agent sees it. */
class Chat extends Conversation {
	get view() {
		const { items, ...rest } = super.view;
		// To the visitor it says "you".
		return { ...rest, items: items.map(each => (each.by === 'visitor' ? { ...each, by: 'customer' } : each)) };
	}
}

/** Events: `rows` (they have changed; to read: `rows`, by the id of the chat). */
export class Desk extends Session {
	rows = new Map();
	events = new EventTarget();
	#signed;
	#soon;
	#told;
	#asked = 0; // questions
	#answered = 0; // the latest call that was answered

	/** signed: what the website said when the agent signed in. */
	constructor(signed) {
		super();
		this.user = signed.user;
		this.#signed = signed;
		const isFrontDesk = signed.agent === signed.team[0];
		if (!isFrontDesk) setInterval(() => this.#refreshSoon(), OFTEN);
	}

	/** Begins at once, and lists the chats without waiting for the session. */
	begin() {
		this.#refreshSoon(0);
		this.connect();
	}

	async signIn() {
		const signed = this.#signed ?? await this.#signedIn(post('jwt/agent'));
		this.#signed = null; // next time, it gets a new token
		return signed;
	}

	renew() {
		return this.signIn();
	}

	/** An event of any chat. */
	heard(event) {
		const { conversationId: id } = event;
		const row = this.rows.get(id);
		const unread = row?.unread.length;
		if (!row || !take(row, event)) this.#refreshSoon();
		else if (row.unread.length > unread && !this.conversations.has(id)) ring(id, true);
		this.#tell();
	}

	/** Somebody has left: a colleague or, by handing over, this agent. */
	left() {
		this.#refreshSoon();
	}

	async catchUp() {
		await Promise.all([super.catchUp(), this.refresh()]);
	}

	/** Gets the chats from the website. */
	async refresh() {
		const question = ++this.#asked;
		const { chats } = await this.#signedIn(get('agent/chats'));
		if (question < this.#answered) return; // a late answer is out of date
		this.#answered = question;
		const before = this.rows;
		this.rows = new Map(chats.map(row => {
			const known = before.get(row.id);
			// An event may have been faster than the answer.
			return [row.id, known?.known > row.known ? known : { ...row, typing: known?.typing }];
		}));
		for (const id of this.conversations.keys()) if (!this.isMine(this.rows.get(id))) this.conversations.delete(id);
		this.#tell();
	}

	/** Whether the agent has a chat; if not, it waits in the queue. */
	isMine(row) {
		return row?.owner === this.user.id;
	}

	/** Opens the conversation of a row; the ones opened long ago are dropped. */
	open({ id }) {
		const conversation = this.conversations.get(id) ?? new Chat(this, id);
		this.conversations.delete(id);
		this.conversations.set(id, conversation); // as the latest
		const idle = [...this.conversations.values()].filter(each => !each.outbox.entries.length);
		for (const each of idle.slice(0, -MOST_OPEN)) this.conversations.delete(each.id);
		return conversation;
	}

	#refreshSoon(wait = SOON) {
		this.#soon ??= setTimeout(() => {
			this.#soon = null;
			this.refresh().catch(() => setTimeout(() => this.#refreshSoon(), AGAIN));
		}, wait);
	}

	/** Whatever happens at the same time is reported once. */
	#tell() {
		this.#told ??= setTimeout(() => {
			this.#told = null;
			this.events.dispatchEvent(new Event('rows'));
		});
	}

	async #signedIn(asked) {
		try {
			return await asked;
		} catch (error) {
			if (error.status === 401) location.reload(); // to sign in again
			throw error;
		}
	}
}

async function get(path) {
	const answer = await within(fetch(new URL(`../../api/${path}`, import.meta.url)));
	if (answer.ok) return answer.json();
	throw Object.assign(new Error(`Status ${answer.status}`), { status: answer.status });
}
