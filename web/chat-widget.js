// The chat window: only DOM, no network. Methods go in, events come out.
import { strings } from './strings.js';

const sheet = new CSSStyleSheet();
sheet.replaceSync(await (await fetch(new URL('chat-widget.css', import.meta.url))).text());

const clock = new Intl.DateTimeFormat(strings.language, { timeStyle: 'short' });
const calendar = new Intl.DateTimeFormat(strings.language, { dateStyle: 'full' });

const SMALL = '(max-width: 480px), (max-height: 480px)';
const LINK = /(https?:\/\/[^\s<>"]*[^\s<>"'.,:;!?)\]}])/i;

/** Makes an element: h('p.name', {...}). Strings become text, never markup. */
export function h(tag, properties, ...children) {
	const [name, className = ''] = tag.split('.');
	const element = Object.assign(document.createElement(name), { className }, properties);
	element.append(...children);
	return element;
}

/**
 * `<chat-widget theme="light|dark" lang dir>`: launcher and window; with the attribute
 * `inline` the window alone. To read: `open`, `reading` (the end is in view).
 * Methods: `show`, `close`, `focus`, `suggest`, `addMessage`, `updateMessage`, `clear`,
 * `setConnection`, `setUnread`, `setTyping`, `replaceForm`.
 * Events: `chat-open`, `chat-close`, `chat-send` (detail: the text), `chat-retry` (the
 * message), `chat-typing` and `chat-reading` (whether), `chat-end` (the visitor wants to
 * go); `chat-near`, `chat-connect` (a connection is needed soon, or now), `chat-leave`.
 */
export class ChatWidget extends HTMLElement {
	reading = false;
	#items = new Map(); // by message: its article, and the line with name, time and state
	#chunk;
	#atEnd = true;
	#top = 0;
	#new = 0;
	#eager = false; // somebody wanted to send before there was a connection
	#typedAt = 0;
	#silence;
	#badge = h('span.badge', { ariaHidden: 'true' });
	#launcher = h('button.launcher', {
		ariaHasPopup: 'dialog',
		onclick: () => { if (this.open) this.close(); else this.show(); },
		onpointerenter: () => this.#emit('chat-near'),
	}, this.#badge);
	#banner = h('p.banner', { role: 'status' });
	#greeting = h('p.greeting', {}, strings.greeting);
	#list = h('div.list', {}, this.#greeting);
	#log = h('div.log', {
		role: 'log',
		ariaLabel: strings.log,
		tabIndex: 0,
		onscroll: () => this.#scrolled(),
	}, this.#list);
	#jump = h('button.jump', {
		hidden: true,
		onclick: () => {
			this.#toEnd();
			this.#log.focus();
		},
	});
	#typing = h('p.typing', { role: 'status' });
	#input = h('textarea', {
		ariaLabel: strings.input,
		placeholder: strings.input,
		rows: 1,
		maxLength: 3000,
		dir: 'auto',
		onkeydown: event => this.#key(event),
		oninput: () => this.#written(),
	});
	#form = h('form', { onsubmit: event => this.#submit(event) },
		this.#input, h('button.send', { ariaLabel: strings.send }));
	#panel;
	// One look at the layout per frame, however much has grown.
	#observer = new ResizeObserver(() => {
		if (this.#atEnd) this.#toEnd();
		this.#look();
	});
	#look = () => {
		const reading = this.open && this.#atEnd && !document.hidden && this.#log.clientHeight > 0;
		if (reading === this.reading) return;
		this.reading = reading;
		this.#emit('chat-reading', reading);
	};

	connectedCallback() {
		if (!this.#panel) this.#build();
		this.#observer.observe(this.#list);
		this.#observer.observe(this.#log);
		document.addEventListener('visibilitychange', this.#look);
		// Who chatted on the page before will want to hear of an answer.
		if (this.#kept('open')) this.#emit('chat-connect');
	}

	disconnectedCallback() {
		this.#observer.disconnect();
		document.removeEventListener('visibilitychange', this.#look);
		queueMicrotask(() => {
			if (this.isConnected) return; // it has only moved
			this.#typed(false);
			delete this.dataset.connection;
			this.#emit('chat-leave');
		});
	}

	#build() {
		const inline = this.hasAttribute('inline');
		this.#panel = h(inline ? 'section' : 'dialog', {
			ariaLabel: strings.title,
			open: inline,
			onclose: () => {
				this.#launcher.focus();
				this.#toggled('closed', 'chat-close');
			},
			onkeydown: ({ key }) => { if (key === 'Escape') this.close(); },
		}, h('div.header', {}, h('h2', {}, strings.title),
			h('button.end', { onclick: () => this.#emit('chat-end') }, strings.end),
			h('button.close', { ariaLabel: strings.close, onclick: () => this.close() })),
		this.#banner, this.#log, this.#jump, this.#typing, this.#form);
		const dir = this.closest('[dir]')?.dir ?? strings.direction;
		const shadow = this.attachShadow({ mode: 'open' });
		shadow.adoptedStyleSheets = [sheet];
		shadow.append(h('div.root', { lang: strings.language, dir }, this.#launcher, this.#panel));
		this.#input.value = this.#kept('draft');
		this.setUnread(0);
		// After a reload: open, but the focus stays with the page.
		if (!inline && this.#kept('open') === 'open' && !matchMedia(SMALL).matches) {
			this.#panel.open = true;
			this.#toggled('open', 'chat-open');
		}
	}

	get open() {
		return !!this.#panel?.open;
	}

	show() {
		if (!this.open) {
			// A phone has no room for the page, too.
			if (matchMedia(SMALL).matches) this.#panel.showModal();
			else this.#panel.show();
			this.#toggled('open', 'chat-open');
		}
		this.focus();
		this.#emit('chat-connect');
	}

	close() {
		this.#panel.close?.();
	}

	focus() {
		this.#input.focus();
	}

	/** Writes into the field, at the cursor, for a person to send. */
	suggest(text) {
		const { selectionStart, selectionEnd } = this.#input;
		this.#input.setRangeText(text, selectionStart, selectionEnd, 'end');
		this.#written();
		this.focus();
	}

	/** Shows a message (see chat-store.js): before another one, or last. */
	addMessage(message, next) {
		const { me, state } = message;
		const item = this.#items.get(message) ?? this.#item(message);
		if (next) this.#items.get(next).element.before(item.element);
		else {
			// A chunk that is out of sight costs nothing.
			if (!(this.#chunk?.childElementCount < 50)) {
				this.#list.append(this.#chunk = h('div.chunk'));
			}
			this.#chunk.append(item.element);
		}
		if (me && state === 'sending') this.#atEnd = true;
		else if (!this.#atEnd) this.#count(this.#new + 1);
		this.updateMessage(message);
	}

	#item(message) {
		const meta = h('time');
		const day = h('p.day');
		const text = h('p', { dir: 'auto' }, ...linked(message.text));
		const item = { element: h('article', {}, day, meta, text), meta, day };
		this.#items.set(message, item);
		return item;
	}

	/** Shows what has become of a message. */
	updateMessage(message) {
		const { me, name, at, state, newDay, follows } = message;
		const { element, meta, day } = this.#items.get(message);
		const date = new Date(at);
		element.className = [me && 'me', follows && 'follows', state].filter(Boolean).join(' ');
		day.textContent = newDay ? calendar.format(date) : '';
		meta.dateTime = at;
		meta.ariaLive = me && state !== 'failed' ? 'off' : null; // that it arrives is not read out
		// The marks around the name keep its own direction to itself.
		const parts = [`\u2068${name}\u2069`, clock.format(date), ...me ? [strings[state]] : []];
		meta.textContent = parts.join(' · ');
		if (state === 'failed') meta.append(' ', this.#retry('chat-retry', message));
	}

	clear() {
		this.#items.clear();
		this.#chunk = null;
		this.#list.replaceChildren(this.#greeting);
	}

	setConnection(state, busy = false) {
		this.#log.ariaBusy = busy;
		if (this.dataset.connection !== state) {
			this.dataset.connection = state;
			this.#banner.textContent = strings[state];
			if (state === 'error') this.#banner.append(' ', this.#retry('chat-connect'));
		}
		if (this.#eager) this.#send();
	}

	setUnread(count) {
		const name = this.open ? strings.close : strings.open;
		this.#badge.textContent = count || '';
		this.#launcher.ariaExpanded = this.open;
		this.#launcher.ariaLabel = count ? `${name}, ${strings.unread(count)}` : name;
	}

	/** Says who types, by name; nobody without one. */
	setTyping(name) {
		const text = name && strings.typing(name);
		if (this.#typing.textContent !== text) this.#typing.textContent = text;
	}

	/** Shows something else where the field is; the field again without it. */
	replaceForm(element = this.#form) {
		this.#panel.lastChild.replaceWith(element);
	}

	#retry(event, detail) {
		const onclick = () => {
			this.focus();
			this.#emit(event, detail);
		};
		return h('button', { onclick }, strings.retry);
	}

	#toggled(open, event) {
		this.#kept('open', open);
		this.setUnread(0);
		this.#look();
		this.#emit(event);
	}

	#key(event) {
		// An Enter that ends a composition (Japanese) does not send; Safari's is 229.
		const { key, shiftKey, isComposing, keyCode } = event;
		if (key === 'Enter' && !shiftKey && !isComposing && keyCode !== 229) this.#submit(event);
	}

	#written() {
		this.#typed(!!this.#kept('draft', this.#input.value).trim());
	}

	/** Tells now and then that somebody types; and once that nobody does any more. */
	#typed(typing) {
		clearTimeout(this.#silence);
		if (typing) this.#silence = setTimeout(() => this.#typed(false), 5000);
		if (typing ? Date.now() - this.#typedAt < 1500 : !this.#typedAt) return;
		this.#typedAt = typing && Date.now();
		this.#emit('chat-typing', typing);
	}

	#submit(event) {
		event.preventDefault();
		this.focus();
		this.#send();
	}

	#send() {
		const text = this.#input.value.trim();
		this.#eager = !this.dataset.connection; // nobody is there yet to take it
		if (!text || this.#eager) return;
		this.#emit('chat-send', text);
		this.#input.value = '';
		this.#written();
	}

	#emit(name, detail) {
		this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
	}

	#scrolled() {
		const { scrollTop, scrollHeight, clientHeight } = this.#log;
		// Not at the end, but not gone up either: the list has grown.
		this.#atEnd = scrollHeight - scrollTop - clientHeight < 40
			|| (this.#atEnd && scrollTop >= this.#top);
		this.#top = scrollTop;
		if (this.#atEnd) this.#count(0);
		this.#look();
	}

	#toEnd() {
		this.#log.scrollTop = this.#log.scrollHeight;
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
			return value ?? '';
		}
	}
}

/** Finds the web addresses in a text; no other scheme becomes a link. */
function linked(text) {
	return text.split(LINK).map((part, index) => (index % 2
		? h('a', { href: part, target: '_blank', rel: 'noopener noreferrer nofollow' }, part)
		: part));
}
