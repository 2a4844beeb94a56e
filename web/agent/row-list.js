// Shows rows that all have the same height. There may be thousands, so it only makes
// those in view.
import { h, say } from '../chat-dom.js';
import { lastWords, minutesWaited } from './rows.js';
import { strings } from '../strings.js';

const BEYOND = 5; // the number of rows made above and below those in view
const LONG = 5; // minutes after which a wait is highlighted

export class RowList {
	#element;
	#scroller;
	#choose;
	#rows = [];
	#chosen;
	#made = new Map(); // by chat id

	/** element: the list. scroller: the element that scrolls it. choose: called with
	 * the chosen row. */
	constructor(element, scroller, choose) {
		this.#element = element;
		this.#scroller = scroller;
		this.#choose = choose;
		const draw = () => this.#draw();
		scroller.addEventListener('scroll', draw, { passive: true });
		new ResizeObserver(draw).observe(scroller);
		element.closest('details')?.addEventListener('toggle', draw);
		// The arrow keys go from row to row, so Tab doesn't have to pass them all.
		element.addEventListener('keydown', event => this.#key(event));
	}

	/** chosen: the row whose chat is shown, if it's one of these. */
	show(rows, chosen) {
		this.#rows = rows;
		this.#chosen = chosen;
		this.#element.style.setProperty('--count', rows.length);
		this.#draw();
	}

	/** Moves the focus to a row, given its position in the list. */
	focus(index) {
		const row = this.#rows[index];
		if (!row) return;
		const { top, height } = this.#place();
		const [start, end] = [top + index * height, top + (index + 1) * height];
		const { scrollTop, clientHeight } = this.#scroller;
		if (start < scrollTop) this.#scroller.scrollTop = start;
		else if (end > scrollTop + clientHeight) this.#scroller.scrollTop = end - clientHeight;
		this.#draw();
		this.#made.get(row.id).button.focus();
	}

	#key(event) {
		const focused = this.#focused();
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		if (!step || focused < 0) return;
		event.preventDefault();
		this.focus(focused + step);
	}

	#focused() {
		const { activeElement } = document;
		return this.#rows.findIndex(({ id }) => this.#made.get(id)?.button === activeElement);
	}

	#place() {
		const [list, box] = [this.#element, this.#scroller].map(each => each.getBoundingClientRect());
		return {
			top: list.top - box.top + this.#scroller.scrollTop,
			height: list.height / this.#rows.length || 1,
		};
	}

	#draw() {
		const { top, height } = this.#place();
		const { scrollTop, clientHeight } = this.#scroller;
		const first = Math.floor((scrollTop - top) / height) - BEYOND;
		const last = Math.ceil((scrollTop + clientHeight - top) / height) + BEYOND;
		const focused = this.#focused();
		const visible = this.#element.checkVisibility(); // the ended ones may be collapsed
		const shown = !visible ? [] : this.#rows.map((row, index) => ({ row, index }))
			.filter(({ index }) => (index >= first && index < last) || index === focused);
		const ids = new Set(shown.map(({ row }) => row.id));
		for (const [id, { item }] of this.#made) {
			if (ids.has(id)) continue;
			item.remove();
			this.#made.delete(id);
		}
		let before = null;
		for (const { row, index } of shown) {
			const made = this.#made.get(row.id) ?? this.#make(row.id);
			this.#update(made, row, index);
			const next = before ? before.nextSibling : this.#element.firstChild;
			if (made.item !== next) this.#insert(made, next);
			before = made.item;
		}
	}

	/** Inserts a row before another one, and keeps the focus. */
	#insert({ item, button }, next) {
		const hadFocus = document.activeElement === button;
		this.#element.insertBefore(item, next);
		if (hadFocus) button.focus({ preventScroll: true });
	}

	#make(id) {
		const parts = {
			initials: h('span.avatar', { ariaHidden: 'true' }),
			title: h('b'),
			waiting: h('span.waiting'),
			last: h('span.last'),
			unread: h('span.unread'),
		};
		const onclick = () => this.#choose(this.#rows.find(row => row.id === id));
		const button = h('button', { id: `row-${id}`, type: 'button', onclick }, ...Object.values(parts));
		const made = { ...parts, button, item: h('li', {}, button) };
		this.#made.set(id, made);
		return made;
	}

	#update({ item, button, initials, title, waiting, last, unread }, row, index) {
		const minutes = minutesWaited(row);
		const number = row.unread.length;
		item.style.setProperty('--index', index);
		item.ariaSetSize = this.#rows.length;
		item.ariaPosInSet = index + 1;
		button.ariaCurrent = row.id === this.#chosen?.id ? 'true' : null;
		say(initials, row.title.split(' ').map(word => word[0]).join('').slice(0, 2));
		say(title, row.title);
		say(last, lastWords(row));
		say(waiting, minutes < 0 ? '' : minutes ? `waiting ${wait(minutes)}` : 'waiting');
		waiting.classList.toggle('long', minutes >= LONG);
		say(unread, row.end ? '' : `${number || ''}`);
		unread.ariaLabel = number && !row.end ? strings.unread(number) : null;
	}
}

function wait(minutes) {
	if (minutes < 60) return `${minutes} min`;
	return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
