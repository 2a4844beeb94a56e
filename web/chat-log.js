// One conversation's messages, and the view of them. No DOM, no network.
import { strings } from './strings.js';

const PAUSE = 300_000; // ms after which a sender is named again

/** The events that a log reads from the history, where messages have their receipts. */
export const KINDS = ['message', 'event:delete', 'member:joined', 'member:left',
	'custom:chat_ended', 'custom:chat_reopened', 'custom:rating'];

/**
 * The history of a conversation, as far as it's known. `entries`: messages, and the
 * chat's end, by id. `rated`: whether the visitor has rated the chat. `memberId`: the
 * viewer's member.
 */
export class ChatLog {
	entries = new Map();
	complete = 0; // nothing up to this id is missing
	heard = 0; // the highest id seen in any event
	// The last ids that were read here, reported as read, received there, and seen
	// there.
	marks = { read: 0, told: 0, delivered: 0, seen: 0 };
	#ended; // the id of the event that ended the chat

	/** The entry for the chat's end: who ended it (`by`), and why (`text`). */
	get end() {
		return this.entries.get(this.#ended);
	}

	/** The history may have news from this id on: a message or a receipt. */
	get since() {
		for (const { id, me } of this.entries.values()) if (me && id > this.marks.seen) return id;
		return this.complete + 1;
	}

	/**
	 * Adds an event from the SDK, unless it's known; returns a new message. userId: the
	 * viewer's id.
	 */
	take(event, userId) {
		const { id, kind, eventType, from, body, timestamp } = event;
		this.#settle(event);
		const { user } = from ?? {};
		const me = user?.id === userId;
		const [family, type] = kind.split(':');
		const isReceipt = kind === 'message:seen' || kind === 'message:delivered';
		if (isReceipt && !me) this.mark(type, body.eventId);
		else if (isReceipt && type === 'seen') this.#read(body.eventId); // in another tab
		if (!(id > this.complete)) return null; // a known event, or a receipt, which needs no id
		this.complete = id;
		if (isReceipt) return null;
		const ours = from?.kind === 'system'; // the application sent it; no user's token can forge it
		if (family === 'message') {
			const name = user?.displayName || user?.name;
			return this.#add({ id, me, name, type, text: body.text, at: timestamp });
		} else if (kind === 'event:delete') {
			this.entries.delete(body.eventId);
		} else if (kind === 'member:joined') {
			this.visitor ??= body.user.id;
			if (body.user.id === userId) this.memberId = body.memberId;
		} else if (kind === 'member:left' && body.user.id === this.visitor) {
			this.#finish(event, { by: 'agent', reason: body.reason?.text }); // an old version ended it this way
		} else if (eventType === 'custom:chat_ended' && ours) {
			this.#finish(event, body);
		} else if (eventType === 'custom:chat_reopened' && ours) {
			this.entries.delete(this.#ended); // that ending no longer counts
		} else if (eventType === 'custom:rating' && ours) {
			this.rated = true;
		}
		return null;
	}

	mark(what, id) {
		this.marks[what] = Math.max(this.marks[what], id);
	}

	#read(id) {
		this.mark('read', id);
		this.mark('told', id);
	}

	#finish({ id, timestamp }, { by, reason }) {
		if (this.end || !by) return; // it had already ended, or the event that ended it is deleted
		this.#ended = id;
		this.#add({ id, type: 'end', by, text: reason ?? '', at: timestamp });
	}

	#add(entry) {
		this.entries.set(entry.id, dated({ key: entry.id, ...entry }));
		if (entry.me) this.mark('read', entry.id); // an agent who answers has read the message
		return this.entries.get(entry.id);
	}

	/** Records who has received or seen a message in the history. */
	#settle({ id, from, memberStatuses }) {
		for (const [member, { seen, current }] of Object.entries(memberStatuses ?? {})) {
			if (member === this.memberId) this.#read(seen ? id : 0);
			else if (member !== from?.memberId) {
				this.mark(seen || current === 'seen' ? 'seen' : 'delivered', id);
			}
		}
	}
}

/** Converts an entry's time to a date. */
export function dated(entry) {
	const date = new Date(entry.at);
	return { ...entry, date, day: date.toDateString() };
}

/**
 * The view of a log and an outbox: `items` in order, and `unread`.
 * An item is an entry with `name`, `state` (only the viewer's own have one), `newDay`
 * and `follows` (the one before has the same sender).
 */
export function view({ entries, marks, end }, outbox = []) {
	const items = [];
	let [unread, before, answers] = [0, {}, ''];
	for (const entry of [...entries.values(), ...outbox]) {
		const { id, me, type, date, day } = entry;
		if (!me && type !== 'end' && id > marks.read) unread++;
		if (!me && entry.name) answers = entry.name;
		const name = me ? strings.you : entry.name || strings.support;
		const newDay = day !== before.day;
		const follows = !newDay && type !== 'end' && before.me === me && before.name === name
			&& before.type !== 'end' && date - before.date < PAUSE;
		before = { ...entry, name, newDay, follows, state: me ? state(entry, marks, end) : '' };
		items.push(before);
	}
	return { items, unread, end, answers };
}

function state({ id, state: waiting }, { delivered, seen }, end) {
	if (waiting) return end ? 'failed' : waiting;
	return id <= seen ? 'seen' : id <= delivered ? 'delivered' : 'sent';
}
