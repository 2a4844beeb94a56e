// The conversation as a text file, made in the page. A message can't forge a line: all
// of its lines after the first are indented, and nothing in it changes the text
// direction.
import { h } from './chat-dom.js';
import { strings } from './strings.js';

const LINES = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
const moment = new Intl.DateTimeFormat(strings.language, { dateStyle: 'medium', timeStyle: 'short' });

/** Returns the items of a view as text. */
export function transcript(items) {
	return items.map(({ type, by, date, name, text = '' }) => {
		const words = type && !['text', 'end'].includes(type) ? strings.unshown(type) : text;
		const said = type === 'end' ? `${strings.endedBy(by)} ${words}` : `${name}: ${words}`;
		const lines = said.replace(TURNS, '').trimEnd().split(LINES);
		return `[${moment.format(date)}] ${lines.join('\n    ')}\n`;
	}).join('');
}

/** Saves the items of a view. */
export function saveTranscript(items) {
	const file = new Blob([transcript(items)], { type: 'text/plain' });
	const href = URL.createObjectURL(file);
	h('a', { href, download: `chat-${new Date().toISOString().slice(0, 10)}.txt` }).click();
	URL.revokeObjectURL(href);
}
