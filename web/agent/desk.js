// The agent's session, and the rows of the chats that the agent may read.
import { post, within } from '../chat-calls.js';
import { Conversation, ring } from '../chat-conversation.js';
import { Session } from '../chat-session.js';
import { take } from './rows.js';

const SOON = 250; // ms; one call covers everything that happens within it
const AGAIN = 3000; // ms before a failed call is repeated
const OFTEN = 10_000; // ms between two checks of the queue, which no session reports
const MOST_OPEN = 8; // the number of conversations kept up to date in addition to their rows

/** A conversation as an agent sees it. */
class Chat extends Conversation {
	get view() {
		const { items, ...rest } = super.view;
		// The visitor sees "you" instead.
		return { ...rest, items: items.map(each => (each.by === 'visitor' ? { ...each, by: 'customer' } : each)) };
	}
}

/** Sends the event `rows` when the rows have changed. They're in `rows`, by chat id. */
export class Desk extends Session {
	rows = new Map();
	events = new EventTarget();
	#signed;
	#soon;
	#told;
	#asked = 0; // questions
	#answered = 0; // the latest call that was answered

	/** signed: the website's answer when the agent signed in. */
	constructor(signed) {
		super();
		this.user = signed.user;
		this.#signed = signed;
		const isFrontDesk = signed.agent === signed.team[0];
		if (!isFrontDesk) setInterval(() => this.#refreshSoon(), OFTEN);
	}

	/** Begins right away, and lists the chats without waiting for the session. */
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

	/** Somebody has left: a colleague, or this agent after handing the chat over. */
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
			// An event may have arrived before the answer.
			return [row.id, known?.known > row.known ? known : { ...row, typing: known?.typing }];
		}));
		for (const id of this.conversations.keys()) if (!this.isMine(this.rows.get(id))) this.conversations.delete(id);
		this.#tell();
	}

	/** Whether this agent has the chat; if not, it's waiting in the queue. */
	isMine(row) {
		return row?.owner === this.user.id;
	}

	/** Opens the conversation of a row, and drops those that were opened long ago. */
	open({ id }) {
		const conversation = this.conversations.get(id) ?? new Chat(this, id);
		this.conversations.delete(id);
		this.conversations.set(id, conversation); // as the most recent one
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

	/** Reports everything that happens at the same time just once. */
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
