// The chat window: only DOM, no network. Methods go in, events come out.
import { strings } from './strings.js';

const sheet = new CSSStyleSheet();
sheet.replaceSync(await (await fetch(new URL('chat-widget.css', import.meta.url))).text());

const clock = new Intl.DateTimeFormat([], { timeStyle: 'short' });
const calendar = new Intl.DateTimeFormat([], { dateStyle: 'full' });

/** Makes an element: h('p.name', {...}). Strings become text, never markup. */
export function h(tag, properties, ...children) {
	const [name, className] = tag.split('.');
	const element = Object.assign(document.createElement(name), className && { className }, properties);
	element.append(...children);
	return element;
}

/**
 * `<chat-widget theme="light|dark">`: launcher and window; with `inline` the window alone.
 * Events: `chat-open`, `chat-close`, `chat-retry` (detail: the message), `chat-send`
 * (detail: the text; who takes it prevents the default).
 */
export class ChatWidget extends HTMLElement {
	#items = []; // in order
	#byKey = new Map();
	#atEnd = true;
	#top = 0;
	#new = 0;
	#eager = false;
	#badge = h('span.badge', { ariaHidden: 'true' });
	#launcher = h('button.launcher', {
		ariaHasPopup: 'dialog',
		onclick: () => (this.open ? this.close() : this.show()),
	}, this.#badge);
	#banner = h('p.banner', { role: 'status' });
	#list = h('div.list', {}, h('p.day', {}, strings.greeting));
	#log = h('div.log', {
		role: 'log',
		ariaLabel: strings.log,
		tabIndex: 0,
		onscroll: () => this.#scrolled(),
	}, this.#list);
	#jump = h('button.jump', { hidden: true, onclick: () => this.#toEnd() });
	#toEnd = () => { this.#log.scrollTop = this.#log.scrollHeight; };
	#input = h('textarea', {
		ariaLabel: strings.input,
		placeholder: strings.input,
		rows: 1,
		maxLength: 3000,
		dir: 'auto',
		onkeydown: event => this.#key(event),
		oninput: () => this.#kept('draft', this.#input.value),
	});
	#panel;

	connectedCallback() {
		if (this.#panel) return;
		const inline = this.hasAttribute('inline');
		this.#panel = h(inline ? 'section' : 'dialog', {
			ariaLabel: strings.title,
			open: inline,
			onclose: () => {
				this.#launcher.focus();
				this.#opened('', 'chat-close');
			},
			onkeydown: ({ key }) => { if (key === 'Escape') this.close(); },
		}, h('header', {}, h('h2', {}, strings.title),
			h('button.close', { ariaLabel: strings.close, onclick: () => this.close() })),
		this.#banner, this.#log, this.#jump,
		h('form', { onsubmit: event => this.#send(event) },
			this.#input, h('button.send', { ariaLabel: strings.send })));
		const shadow = this.attachShadow({ mode: 'open' });
		shadow.adoptedStyleSheets = [sheet];
		shadow.append(h('div.root', {}, this.#launcher, this.#panel));
		// One look at the layout per frame, however much has grown.
		const observer = new ResizeObserver(() => this.#atEnd && this.#toEnd());
		observer.observe(this.#list);
		observer.observe(this.#log);
		this.#input.value = this.#kept('draft');
		this.setUnread(0);
		// After a reload: open, but the focus stays with the page.
		if (inline || !this.#kept('open')) return;
		this.#panel.open = true;
		this.#opened('yes', 'chat-open');
	}

	get open() {
		return this.#panel.open;
	}

	show() {
		// A phone has no room for the page, too.
		if (matchMedia('(max-width: 480px)').matches) this.#panel.showModal();
		else this.#panel.show();
		this.focus();
		this.#opened('yes', 'chat-open');
	}

	close() {
		this.#panel.close?.();
	}

	focus() {
		this.#input.focus();
	}

	/** Shows a message (see chat-store.js), or its change. */
	addMessage(message) {
		const { key = message.id, order = message.id, me, name, state } = message;
		let item = this.#byKey.get(key);
		if (!item) {
			const meta = h('time');
			const element = h('article', {}, meta, h('p', { dir: 'auto' }, message.text));
			this.#byKey.set(key, item = { element, meta });
			if (me) {
				element.className = 'me';
				meta.ariaLive = 'off'; // what becomes of it is not read out
			}
			if (me && state === 'sending') this.#atEnd = true;
			else if (!this.#atEnd) this.#count(this.#new + 1);
		}
		const { element, meta } = item;
		Object.assign(item, { message, at: new Date(message.at) });
		if (item.order !== order) this.#place(item, order);
		element.dataset.state = state;
		meta.dateTime = message.at;
		meta.textContent = [name, clock.format(item.at), ...me ? [strings[state]] : []].join(' · ');
		if (state === 'failed') {
			const onclick = () => this.#emit('chat-retry', message);
			meta.append(' ', h('button', { onclick }, strings.retry));
		}
	}

	clear() {
		this.#items = [];
		this.#byKey.clear();
		this.#list.replaceChildren(this.#list.firstChild);
	}

	setConnection(state, busy = false) {
		this.dataset.connection = state;
		this.#log.ariaBusy = busy;
		if (this.#banner.textContent !== strings[state]) this.#banner.textContent = strings[state];
		if (this.#eager) this.#offer(); // nobody was there to take it
	}

	setUnread(count) {
		const name = this.open ? strings.close : strings.open;
		this.#badge.textContent = count || '';
		this.#launcher.ariaExpanded = this.open;
		this.#launcher.ariaLabel = count ? `${name}, ${strings.unread(count)}` : name;
	}

	#opened(open, event) {
		this.#kept('open', open);
		this.setUnread(0);
		this.#emit(event);
	}

	#key(event) {
		// An Enter that ends a composition (Japanese) does not send; Safari's is 229.
		const { key, shiftKey, isComposing, keyCode } = event;
		if (key === 'Enter' && !shiftKey && !isComposing && keyCode !== 229) this.#send(event);
	}

	#send(event) {
		event.preventDefault();
		this.focus();
		this.#offer();
	}

	#offer() {
		const text = this.#input.value.trim();
		this.#eager = false;
		if (!text) return;
		this.#eager = this.#emit('chat-send', text);
		if (!this.#eager) this.#input.value = this.#kept('draft', '');
	}

	#emit(name, detail) {
		return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, cancelable: true }));
	}

	#place(item, order) {
		const items = this.#items;
		const old = items.lastIndexOf(item);
		if (old >= 0) items.splice(old, 1);
		let index = items.length;
		while (index && items[index - 1].order > order) index--;
		const [before, after] = [items[index - 1], items[index]];
		item.order = order;
		items.splice(index, 0, item);
		if (old !== index) this.#insert(item.element, before?.element, after?.element);
		if (old >= 0) this.#relate(items[old - 1], items[old]);
		this.#relate(before, item);
		this.#relate(item, after);
	}

	/** Inserts into chunks: one that is out of sight costs nothing. */
	#insert(element, before, after) {
		const [one, other] = [before?.parentNode, after?.parentNode];
		if (one && (one === other || one.childElementCount < 50)) before.after(element);
		else if (other?.childElementCount < 50) after.before(element);
		else (one ?? this.#list.firstChild).after(h('div.chunk', {}, element));
	}

	/** Groups what one person writes within 5 minutes; dates each day. */
	#relate(a, b) {
		const sameDay = b && a?.at.toDateString() === b.at.toDateString();
		a?.element.classList.toggle('grouped', !!sameDay && b.at - a.at < 300_000
			&& a.message.name === b.message.name && a.message.me === b.message.me);
		const line = b?.element.querySelector('.day');
		if (sameDay) line?.remove();
		else if (b && !line) b.element.prepend(h('p.day', {}, calendar.format(b.at)));
	}

	#scrolled() {
		const { scrollTop, scrollHeight, clientHeight } = this.#log;
		// Not at the end, but not gone up either: the list has grown.
		this.#atEnd = scrollHeight - scrollTop - clientHeight < 40
			|| (this.#atEnd && scrollTop >= this.#top);
		this.#top = scrollTop;
		this.#count(this.#atEnd ? 0 : this.#new);
	}

	#count(count) {
		this.#new = count;
		this.#jump.hidden = !count;
		this.#jump.textContent = strings.latest(count);
	}

	/** Keeps a value over a reload, where storage is allowed. */
	#kept(name, value) {
		try {
			const key = `chat-${name}-${this.id}`;
			if (value !== undefined) sessionStorage[key] = value;
			return sessionStorage[key] ?? '';
		} catch {
			return '';
		}
	}
}
