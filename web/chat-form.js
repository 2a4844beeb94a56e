// The field: what's typed, how it's sent, and how long it can be.
import { h, icon, kept } from './chat-dom.js';
import { strings } from './strings.js';

const LONGEST = 3000; // characters

/** widget: stores the draft. emit: notifies the widget's listeners. */
export class ChatForm {
	#connected = false;
	#eager = false; // somebody wanted to send before anything was ready
	#typedAt = 0;
	#silence;
	#place;
	#emit;
	// On a touch keyboard, Enter starts a new line, because there's a button to send.
	#touch = matchMedia('(pointer: coarse)').matches;
	#input = h('textarea', {
		ariaLabel: strings.input,
		placeholder: strings.input,
		rows: 1,
		enterKeyHint: this.#touch ? 'enter' : 'send',
		oninput: () => this.#written(),
	});
	#problem = h('p.problem', { role: 'status' });
	element = h('form', {
		onsubmit: event => {
			event.preventDefault();
			this.#submit();
		},
	}, this.#problem, this.#input, h('button.send', { ariaLabel: strings.send }, icon('M12 19V5M5 12l7-7 7 7')));

	constructor(widget, emit) {
		this.#emit = emit;
		this.#place = `draft-${widget.id}`;
		this.#input.value = kept(this.#place);
		this.#check();
	}

	set connected(connected) {
		this.#connected = connected;
		if (connected && this.#eager) this.#send();
	}

	focus() {
		this.#input.focus();
	}

	/** Inserts text at the cursor. */
	suggest(text) {
		const { selectionStart, selectionEnd } = this.#input;
		this.#input.setRangeText(text, selectionStart, selectionEnd, 'end');
		this.#written();
		this.focus();
	}

	/** Handles a key. An Enter that ends a composition (229 in Safari) doesn't send. */
	key(event) {
		const { key, shiftKey, isComposing, keyCode } = event;
		if (event.composedPath()[0] !== this.#input || key !== 'Enter' || isComposing) return;
		if (this.#touch || shiftKey || keyCode === 229) return;
		event.preventDefault();
		this.#submit();
	}

	/** Nobody is typing any more. */
	hush() {
		this.#typed(false);
	}

	#written() {
		const { value } = this.#input;
		kept(this.#place, value);
		this.#check();
		this.#typed(!!value.trim());
	}

	/** An empty field has the window's text direction. A text that's too long is
	 * reported. */
	#check() {
		const { value } = this.#input;
		this.#input.dir = value ? 'auto' : '';
		const over = value.trim().length - LONGEST;
		this.#problem.textContent = over > 0 ? strings.tooLong(over) : '';
		this.#input.ariaInvalid = over > 0;
		return over <= 0;
	}

	/** Reports from time to time that somebody is typing, and once when they've
	 * stopped. */
	#typed(typing) {
		clearTimeout(this.#silence);
		if (typing) this.#silence = setTimeout(() => this.#typed(false), 5000);
		if (typing ? Date.now() - this.#typedAt < 1500 : !this.#typedAt) return;
		this.#typedAt = typing && Date.now();
		this.#emit('chat-typing', typing);
	}

	#submit() {
		this.focus();
		this.#send();
	}

	#send() {
		const text = this.#input.value.trim();
		this.#eager = !this.#connected;
		if (!text || this.#eager || !this.#check()) return;
		this.#emit('chat-send', text);
		this.#input.value = '';
		this.#written();
	}
}
