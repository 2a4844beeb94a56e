// The messages on the screen. Only changes are drawn, because screen readers announce
// everything that's added to a role=log.
import { h, say } from './chat-dom.js';
import { strings } from './strings.js';

const CHUNK = 50; // messages in a chunk; chunks out of view aren't rendered

const { language } = strings;
const clock = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
const calendar = new Intl.DateTimeFormat(language, { dateStyle: 'full' });
const near = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });

/** Shows the items of a view, by their keys. retry: called with an item's key. */
export class ChatList {
	element = h('div.list');
	#shown = new Map(); // by key: an item's elements, and their texts
	#order = []; // the elements, in the order on the screen
	#retry;

	constructor(retry, greeting) {
		this.#retry = retry;
		if (greeting) this.element.append(h('p.greeting', {}, greeting));
	}

	/** Returns the items that are new. */
	render(items) {
		const keys = new Set(items.map(({ key }) => key));
		for (const [key, { element }] of this.#shown) if (!keys.has(key)) this.#remove(key, element);
		const added = [];
		items.forEach((item, index) => {
			if (!this.#shown.has(item.key)) {
				this.#shown.set(item.key, make(item));
				added.push(item);
			}
			const shown = this.#shown.get(item.key);
			this.#place(shown.element, index);
			this.#update(shown, item);
		});
		return added;
	}

	#remove(key, element) {
		const chunk = element.parentNode;
		element.remove();
		if (!chunk.hasChildNodes()) chunk.remove();
		this.#shown.delete(key);
		this.#order.splice(this.#order.indexOf(element), 1);
	}

	#place(element, index) {
		const order = this.#order;
		if (order[index] === element) return;
		const before = order.indexOf(element, index);
		if (before >= 0) order.splice(before, 1);
		const next = order[index];
		order.splice(index, 0, element);
		if (next) return next.before(element);
		let chunk = this.element.lastElementChild;
		if (!chunk?.matches('.chunk') || chunk.childElementCount >= CHUNK) {
			chunk = h('div.chunk');
			this.element.append(chunk);
		}
		chunk.append(element);
	}

	#update(shown, item) {
		const { element, day, meta } = shown;
		const { me, type, name, at, date, state, newDay, follows } = item;
		const set = (what, value, apply) => {
			if (shown[what] === value) return;
			shown[what] = value;
			apply(value);
		};
		if (type === 'end') return;
		set('look', [me && 'me', follows && 'follows', state].filter(Boolean).join(' '), look => {
			element.className = look;
		});
		say(day, newDay ? dayName(date) : '');
		// The marks around the name isolate its text direction.
		const parts = [`\u2068${name}\u2069`, clock.format(date), ...me ? [strings[state]] : []];
		set('line', parts.join(' · '), line => {
			meta.dateTime = at;
			meta.ariaLive = me && state !== 'failed' ? 'off' : null; // screen readers don't announce receipts
			meta.textContent = line;
			const onclick = () => this.#retry(item.key);
			if (state === 'failed') meta.append(' ', h('button', { onclick }, strings.retry));
		});
	}
}

function make({ type, by, text }) {
	if (type === 'end') {
		const who = h('b', {}, strings.endedBy(by));
		return { element: h('p.end-mark', {}, who, ...text ? ['\n', text] : []) };
	}
	const [day, meta] = [h('p.day', { ariaLive: 'off' }), h('time')];
	const words = type && type !== 'text' ? h('p.unshown', {}, strings.unshown(type)) : h('p', {}, ...linked(text));
	return { element: h('article', {}, day, meta, words), day, meta };
}

function dayName(date) {
	const days = Math.round((new Date(date.toDateString()) - new Date(new Date().toDateString())) / 86_400_000);
	if (days < -1 || days > 0) return calendar.format(date);
	const name = near.format(days, 'day');
	return name[0].toLocaleUpperCase(language) + name.slice(1);
}

/** Finds the web addresses in a text; no other scheme becomes a link. */
function linked(text) {
	return text.split(/(https?:\/\/[^\s<>"]+)/i).flatMap((part, index) => {
		const href = index % 2 ? address(part) : '';
		if (!/\/\/./.test(href)) return part;
		const link = { href, target: '_blank', rel: 'noopener noreferrer nofollow' };
		return [h('a', link, href), part.slice(href.length)];
	});
}

/** Drops characters that belong to the sentence, such as a bracket that the address
 * didn't open. */
function address(text) {
	const last = text.at(-1);
	const open = { ')': '(', ']': '[', '}': '{' }[last];
	const count = sign => text.split(sign).length;
	const outside = open ? count(last) > count(open) : !/[\p{L}\p{N}/#&=+~_%$@-]/u.test(last);
	return outside ? address(text.slice(0, -1)) : text;
}
