// One conversation: reads it, follows it, and sends what's waiting. It has a log and an
// outbox.
import { patience, pause, within } from './chat-calls.js';
import { load } from './chat-dom.js';
import { ChatLog, KINDS, view } from './chat-log.js';
import { Outbox } from './chat-outbox.js';

const LATER = [408, 425, 429]; // temporary refusals

/**
 * Sends the event `change`. session: the user's session. id: empty until the
 * conversation begins. name: the name under which its outbox is kept.
 */
export class Conversation extends EventTarget {
	log = new ChatLog();
	typing = '';
	gone = ''; // why nothing can be read any more: a name in strings.js
	note = ''; // what else a visitor should know: a name in strings.js
	#reading = false;
	#timer;
	#sending = false;
	#busy = null;

	constructor(session, id = '', name = id) {
		super();
		this.session = session;
		this.id = id;
		this.outbox = new Outbox(name);
		this.outbox.ready.then(() => this.changed());
	}

	get view() {
		const { log, outbox, session, typing, gone, id } = this;
		const shown = view(log, outbox.entries);
		const lost = gone && { by: gone };
		const over = shown.end ?? lost;
		const state = session.state === 'online' || navigator.onLine ? session.state : 'offline';
		const note = over ? gone || 'ended' : this.note;
		return {
			...shown, end: over, note, busy: !!this.#busy, begun: !!id, rated: log.rated,
			connection: over ? 'ended' : state,
			typing: state === 'online' ? typing : '', // nobody knows while offline
		};
	}

	/** While somebody reads, nothing is unread. */
	set reading(reading) {
		this.#reading = reading;
		this.changed();
	}

	/** Shows what has changed, and sends and reports what's waiting. */
	changed() {
		if (this.#reading) this.log.mark('read', this.log.complete);
		this.dispatchEvent(new Event('change'));
		if (this.session.state !== 'online') return;
		this.#send();
		this.#see();
	}

	write(text) {
		this.outbox.add(text);
		this.changed();
	}

	retry(key) {
		this.outbox.retry(key);
		this.changed();
	}

	/** Tells the other side that somebody is typing here, or has stopped. */
	type(typing) {
		const { session, id } = this;
		if (session.state !== 'online' || !id || this.view.end) return;
		session.sdk.sendEphemeralEvent(id, { typing }).catch(() => {});
	}

	/** Handles a live event. Ids have no gaps, so a skipped id means a missed event. */
	hear(event) {
		const { id = 0, kind, from, body } = event;
		const { log, session } = this;
		log.heard = Math.max(log.heard, id);
		if (id > log.complete + 1) return this.catchUp().catch(() => {});
		const { displayName, name, id: userId } = from?.user ?? {};
		const theirs = userId !== session.user.id;
		if (kind === 'ephemeral' && theirs) this.#types(body.typing ? displayName || name : '');
		else this.#take(event);
		this.changed();
		if (kind === 'member:left') session.left(body.user);
	}

	/** Reads what's new in the history. */
	async catchUp() {
		if (!this.id || this.gone) return;
		this.#busy ??= this.#read().finally(() => {
			this.#busy = null;
			this.changed();
		});
		try {
			await this.#busy;
		} catch (error) {
			if (error.code !== 'conversation:error:not-found') throw error;
			this.gone = 'gone'; // no longer for us
			this.changed();
		}
	}

	#take(event) {
		const { log, outbox, session } = this;
		const { end } = log;
		const message = log.take(event, session.user.id);
		if (message?.me) message.key = outbox.settle({ ...message, key: event.key }) ?? message.key;
		else if (message) {
			this.#types('');
			if (session.state === 'online') ring(this.id, !this.#reading);
		}
		// From now on, the token is read-only and nobody can type here, or the reverse.
		if (end !== log.end) {
			this.#types('');
			session.ended();
		}
	}

	/** Records who's typing. A user who stops sending signals has stopped typing. */
	#types(name) {
		clearTimeout(this.#timer);
		this.typing = name;
		if (!name) return;
		this.#timer = setTimeout(() => {
			this.#types('');
			this.changed();
		}, 6000);
	}

	async #read() {
		const { log, session } = this;
		do {
			const { heard, since } = log;
			const query = { order: 'asc', pageSize: 100, startId: since, eventFilter: KINDS };
			do {
				const page = await within(session.sdk.getConversationEvents(this.id, query));
				page.events.forEach(event => this.#take(event));
				query.cursor = page.nextCursor;
				if (query.cursor) this.changed();
			} while (query.cursor);
			log.complete = Math.max(log.complete, heard);
		} while (log.complete < log.heard);
	}

	/** Tells the other members, and our other tabs, what has been read. */
	#see() {
		const { entries, marks, end } = this.log;
		const { told, read } = marks;
		if (told >= read || end) return;
		const last = [...entries.values()].findLast(({ id, me }) => id <= read && !me)?.id;
		marks.told = read;
		if (!(last > told)) return;
		this.session.sdk.sendMessageSeenEvent(last, this.id).catch(async () => {
			marks.told = told;
			await pause(3);
			this.changed(); // which retries
		});
	}

	/** Sends what's waiting, in order: a later message never overtakes an earlier one. */
	async #send() {
		if (this.#sending) return;
		this.#sending = true;
		await this.outbox.ready;
		for (let attempt = 0; this.session.state === 'online' && !this.view.end;) {
			const { next } = this.outbox;
			if (!next) break;
			if (!this.id) {
				this.session.connect('expired'); // it begins
				break;
			}
			attempt = await this.#deliver(next, attempt) ? 0 : attempt + 1;
		}
		this.#sending = false;
	}

	async #deliver(entry, attempt) {
		const { log, outbox, session } = this;
		try {
			await session.renewed; // a token from before the chat was reopened is read-only
			// Perhaps an earlier try was stored, and only its answer got lost.
			if (entry.tried !== undefined) await this.catchUp();
			if (outbox.next !== entry) return true;
			entry.tried = Math.max(log.complete, log.heard);
			outbox.save();
			const { id = 0 } = await within(session.sdk.send(this, entry));
			Object.assign(entry, { id, state: 'sent' });
			log.heard = Math.max(log.heard, id);
			pause(2).then(() => log.complete < id && this.catchUp()).catch(() => {});
		} catch (error) {
			const { status = 0 } = error;
			session.failed(error);
			if (session.state !== 'online') return false; // it's sent when we're back
			if (status >= 400 && status < 500 && !LATER.includes(status)) {
				await this.catchUp().catch(() => {}); // it may have ended
				entry.state = 'failed';
			} else await patience(error, attempt);
		}
		outbox.save();
		this.changed();
		return entry.state !== 'sending';
	}
}

/** Plays a sound for unread messages: in one tab only, or in none if a tab shows them. */
export async function ring(id, unread) {
	if (unread && !navigator.userActivation?.hasBeenActive) return; // sound isn't allowed
	if (unread) await pause(0.5);
	navigator.locks?.request(id, { ifAvailable: true }, async lock => {
		if (lock && unread) (await load('chat-sound.js')).ring();
		await pause(2);
	}).catch(() => {}); // in a frame without storage
}
