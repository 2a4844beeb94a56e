// The list's chats, one row each: what the website reported, and what has happened
// since. No DOM, no network.
import { strings } from '../strings.js';

/**
 * A row is {id, title, visitor, owner, last, kind, at, waiting_since, unread, end, known},
 * as `GET api/agent/chats` returns it, and `typing` while the visitor types. `known` is
 * the id of the last event that the row includes.
 */

/**
 * Adds a live event to its row. Returns false if that isn't enough and the website has
 * to be asked: an event was missed, or this one isn't just a message.
 */
export function take(row, { id, kind, from, body, timestamp }) {
	const theirs = from?.user?.id === row.visitor;
	if (kind === 'ephemeral') {
		if (theirs) row.typing = !!body.typing;
		return true;
	}
	const isReceipt = kind === 'message:seen';
	if (isReceipt && !theirs) row.unread = row.unread.filter(each => each > body.eventId);
	if (!id) return isReceipt; // on Matrix, it has no id
	if (id <= row.known) return true;
	if (id !== row.known + 1) return false;
	const [family, type] = kind.split(':');
	if (family !== 'message') return false;
	row.known = id;
	if (!row.end && !['seen', 'delivered', 'submitted'].includes(type)) {
		const isText = type === 'text';
		Object.assign(row, { last: isText ? body.text : '', kind: isText ? '' : type, at: timestamp });
		row.typing = false;
		row.waiting_since = theirs ? row.waiting_since || timestamp : '';
		row.unread = theirs ? [...row.unread, id] : []; // an agent who answers has read the message
	}
	return true;
}

/** The newest message, as text. */
export function lastWords({ typing, last, kind }) {
	if (typing) return 'typing…';
	return kind ? strings.unshown(kind) : last;
}

/** How many minutes a visitor has waited for an answer; -1 if the visitor isn't
 * waiting. */
export function minutesWaited({ end, waiting_since: since }) {
	if (end || !since) return -1;
	return Math.max(0, Math.floor((Date.now() - new Date(since)) / 60_000));
}

/** The rows that contain a text, with the longest wait first. */
export function inOrder(rows, wanted = '') {
	const text = wanted.trim().toLocaleLowerCase();
	const matches = ({ title, last }) => `${title}\n${last}`.toLocaleLowerCase().includes(text);
	return rows.filter(row => !text || matches(row)).sort(byUrgency);
}

function byUrgency(one, other) {
	const [since, later] = [one, other].map(row => (row.end ? '' : row.waiting_since));
	if (since && later) return compare(since, later);
	if (since || later) return since ? -1 : 1;
	const [ended, at] = [one.end?.at ?? one.at, other.end?.at ?? other.at];
	return compare(at, ended); // newest first
}

const compare = (one, other) => (one < other ? -1 : Number(one > other));
