// The launcher, which creates the window. It only uses the DOM, not the network.
import { h, icon, kept, load } from './chat-dom.js';
import { strings } from './strings.js';

const SMALL = '(max-width: 480px), (max-height: 480px)';
const KEYS = ['keydown', 'keypress', 'keyup', 'cut', 'copy', 'paste'];
const NOTHING = { items: [], unread: 0, typing: '', answers: '', note: '', connection: '' };

/**
 * `<chat-widget theme="light|dark" lang dir greeting replies>`: the launcher and the
 * window, or only the window if it has the attribute `inline`. Properties: `open`,
 * `reading` (the end is in view). Methods: `show`, `close`, `focus`, `suggest`,
 * `render` (a view, see chat-conversation.js), `replaceForm`. Events: `chat-open`,
 * `chat-close`, `chat-send` (detail: the text), `chat-retry` (the key of a message),
 * `chat-typing` and `chat-reading` (whether), `chat-end` (the visitor wants to end);
 * `chat-near`, `chat-connect` (a connection is needed soon, or now), `chat-leave`.
 */
export class ChatWidget extends HTMLElement {
	reading = false;
	view = NOTHING;
	#badge = h('span.badge', { ariaHidden: 'true' });
	#launcher = h('button.launcher', {
		type: 'button',
		ariaHasPopup: 'dialog',
		onclick: () => { if (this.open) this.close(); else this.show(); },
		onpointerenter: () => {
			this.#emit('chat-near');
			this.#fill();
		},
	}, icon('M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-8l-5 4.5V17H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z'),
	icon('M5 9l7 7 7-7'), this.#badge);
	#root = h('div.root', { hidden: true }, this.#launcher);
	#panel;
	#css; // a promise; until it resolves, everything is hidden
	#filled; // a promise of the window's contents
	#inside; // the window's contents
	#watching;

	connectedCallback() {
		if (!this.#panel) this.#build();
		this.#watching = new AbortController();
		const { signal } = this.#watching;
		const look = () => this.#look();
		document.addEventListener('visibilitychange', look, { signal });
		for (const name of ['focus', 'blur']) addEventListener(name, look, { signal });
		// Typing here must not trigger the page's shortcuts.
		for (const name of KEYS) addEventListener(name, event => this.#key(event), { capture: true, signal });
		// A returning visitor wants to hear about answers.
		if (this.#inline || this.open || this.begun) this.#emit('chat-connect');
	}

	disconnectedCallback() {
		this.#watching.abort();
		queueMicrotask(() => {
			if (this.isConnected) return; // it was only moved
			this.#inside?.form.hush();
			this.view = NOTHING;
			delete this.dataset.connection;
			this.#emit('chat-leave');
		});
	}

	#build() {
		const inline = this.#inline;
		this.#panel = h(inline ? 'section' : 'dialog', {
			ariaLabel: strings.title,
			open: inline,
			onclose: () => {
				this.#launcher.focus();
				this.#toggled('closed', 'chat-close');
			},
		});
		Object.assign(this.#root, { lang: strings.language, dir: this.dir || strings.direction }).append(this.#panel);
		const shadow = this.attachShadow({ mode: 'open' });
		shadow.append(this.#root);
		this.#css = load('chat-widget.css').then(sheet => {
			shadow.adoptedStyleSheets.unshift(sheet);
			this.#root.hidden = false;
		});
		this.#name();
		if (inline) this.#fill();
		// After a reload, open the window, but leave the focus on the page.
		else if (kept(this.#place('open')) === 'open' && !matchMedia(SMALL).matches) {
			this.#panel.open = true;
			this.#fill();
			this.#toggled('open', 'chat-open');
		}
	}

	get #inline() {
		return this.hasAttribute('inline');
	}

	get open() {
		return !!this.#panel?.open;
	}

	/** Whether a visitor has a chat to come back to, as far as this browser knows. */
	get begun() {
		return kept(this.#place('begun'), undefined, 'localStorage');
	}

	async show() {
		if (!this.open) {
			// A phone has no room for both the window and the page.
			if (matchMedia(SMALL).matches) this.#panel.showModal();
			else this.#panel.show();
			this.#toggled('open', 'chat-open');
		}
		this.#emit('chat-connect');
		await this.focus();
	}

	close() {
		this.#panel.close?.();
	}

	async focus() {
		(await this.#fill()).form.focus();
	}

	/** Writes into the field, at the cursor, so that a person can send it. */
	async suggest(text) {
		(await this.#fill()).form.suggest(text);
	}

	/** Shows a conversation. */
	render(view) {
		this.view = view;
		if (this.dataset.connection !== view.connection) this.dataset.connection = view.connection;
		this.#name();
		this.#fill();
		this.#inside?.render(view);
		if (this.#inline || !['online', 'ended'].includes(view.connection)) return;
		const wanted = view.begun && (!view.end || view.unread) ? '1' : '';
		if (this.begun !== wanted) kept(this.#place('begun'), wanted, 'localStorage');
	}

	/** Shows an element instead of the field, or the field again. */
	async replaceForm(element) {
		(await this.#fill()).replaceForm(element);
	}

	/** Fills the window when it's first needed. */
	#fill() {
		return this.#filled ??= load('chat-window.js').then(async ({ ChatWindow }) => {
			await this.#css; // a hidden element can't take the focus
			this.#inside = new ChatWindow(this, (...event) => this.#emit(...event));
			this.#panel.append(...this.#inside.elements);
			this.#inside.onlook = () => this.#look();
			if (this.view !== NOTHING) this.render(this.view);
			return this.#inside;
		});
	}

	#look() {
		const reading = this.open && this.checkVisibility() && !document.hidden && document.hasFocus() && !!this.#inside?.atEnd;
		if (reading === this.reading) return;
		this.reading = reading;
		this.#emit('chat-reading', reading);
	}

	#name() {
		const { unread } = this.view;
		const name = this.open ? strings.close : strings.open;
		this.#badge.textContent = unread || '';
		this.#launcher.ariaExpanded = this.open;
		this.#launcher.ariaLabel = unread ? `${name}, ${strings.unread(unread)}` : name;
	}

	#toggled(open, event) {
		kept(this.#place('open'), open);
		this.#name();
		this.#look();
		this.#emit(event);
	}

	#key(event) {
		if (!event.composedPath().includes(this.#root)) return;
		event.stopImmediatePropagation();
		if (event.type !== 'keydown') return;
		if (event.key === 'Escape' && !event.isComposing) this.close();
		else this.#inside?.form.key(event);
	}

	#emit(name, detail) {
		this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
	}

	/** The name under which this widget stores something. */
	#place(name) {
		return `${name}-${this.id}`;
	}
}
