// The window's contents: header, banner, messages, field.
import { h, icon, say } from './chat-dom.js';
import { ChatForm } from './chat-form.js';
import { ChatList } from './chat-list.js';
import { strings } from './strings.js';

const NEAR = 40; // px from the end that still count as being there

/** widget: the widget that the window belongs to. emit: notifies the widget's
 * listeners. */
export class ChatWindow {
	atEnd = true;
	onlook; // called when what's in view may have changed
	#top = 0;
	#new = 0;
	#emit;
	#picture = h('span.picture', { ariaHidden: 'true' });
	#who = h('p.who');
	#end = h('button.end', { type: 'button', hidden: true, onclick: () => this.#emit('chat-end') }, strings.end);
	#banner = h('p.banner', { role: 'status' });
	#list;
	#log = h('div.log', {
		role: 'log',
		ariaLabel: strings.log,
		tabIndex: 0,
		onscroll: () => this.#scrolled(),
	});
	#jump = h('button.jump', {
		type: 'button',
		hidden: true,
		onclick: () => {
			this.#toEnd();
			this.#log.focus();
		},
	});
	#typing = h('p.typing', { role: 'status' });
	#foot;
	// Measure the layout at most once per frame, no matter how much has grown.
	#observer = new ResizeObserver(() => {
		if (this.atEnd) this.#toEnd();
		this.onlook();
	});

	constructor(widget, emit) {
		this.#emit = emit;
		const greeting = widget.getAttribute('greeting') ?? strings.greeting;
		this.replies = widget.getAttribute('replies') ?? strings.replies;
		this.#list = new ChatList(key => {
			this.form.focus();
			emit('chat-retry', key);
		}, greeting);
		this.form = new ChatForm(widget, emit);
		this.#foot = this.form.element;
		this.#log.append(this.#list.element);
		this.#observer.observe(this.#log);
		this.#observer.observe(this.#list.element);
		const close = h('button.close', {
			type: 'button', ariaLabel: strings.close, onclick: () => widget.close(),
		}, icon('M6 6l12 12M18 6L6 18'));
		const names = h('div.names', {}, h('h2', {}, strings.title), this.#who);
		this.elements = [h('div.header', {}, this.#picture, names, this.#end, close),
			this.#banner, this.#log, this.#jump, this.#typing, this.#foot];
		this.#introduce('');
	}

	render({ items, connection, note, typing, answers, busy, begun, end }) {
		this.#log.ariaBusy = busy;
		const added = this.#list.render(items);
		if (added.some(({ me, state }) => me && state === 'sending')) this.atEnd = true;
		else if (!this.atEnd) this.#count(this.#new + added.length);
		this.#introduce(answers);
		this.#end.hidden = !begun || !!end;
		const said = strings[connection] || strings[note] || '';
		if (this.#banner.title !== connection + note) {
			this.#banner.title = connection + note;
			this.#banner.textContent = end ? strings[note] : said;
			const onclick = () => this.#emit('chat-connect');
			if (connection === 'error') this.#banner.append(' ', h('button', { type: 'button', onclick }, strings.retry));
		}
		say(this.#typing, typing && strings.typing(typing));
		this.form.connected = !!connection;
	}

	/** Shows an element instead of the field, or the field again. */
	replaceForm(element = this.form.element) {
		this.#foot.replaceWith(element);
		this.#foot = element;
	}

	/** Shows who answers, or when somebody will. */
	#introduce(name) {
		say(this.#who, name || this.replies);
		say(this.#picture, name.split(/\s+/).map(word => word[0]).join('').slice(0, 2));
	}

	#scrolled() {
		const { scrollTop, scrollHeight, clientHeight } = this.#log;
		// Away from the end, but nobody scrolled up: the list has grown.
		this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR
			|| (this.atEnd && scrollTop >= this.#top);
		this.#top = scrollTop;
		if (this.atEnd) this.#count(0);
		this.onlook();
	}

	#toEnd() {
		this.#log.scrollTop = this.#log.scrollHeight;
	}

	#count(count) {
		this.#new = count;
		this.#jump.hidden = !count;
		if (count) this.#jump.textContent = strings.latest(count);
	}
}
