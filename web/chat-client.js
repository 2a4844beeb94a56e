// The visitor's side: whose chat it is, and when it begins and ends.
import { bind } from './chat-binding.js';
import { post } from './chat-calls.js';
import { Conversation } from './chat-conversation.js';
import { load } from './chat-dom.js';
import { loadEngine, Session } from './chat-session.js';

const visitors = new WeakMap();

/** Gives a widget the visitor's conversation, until it's removed from the page. */
export function openChat(widget, left) {
	const known = visitors.get(widget);
	if (known) return known.state === 'error' && known.connect();
	const visitor = new Visitor(left, widget.begun);
	const { conversation, signal } = visitor;
	visitors.set(widget, visitor);
	bind(widget, conversation, signal);
	const leave = () => {
		visitors.delete(widget);
		visitor.close();
	};
	const ending = () => load('chat-ending.js');
	let over = false;
	widget.addEventListener('chat-leave', leave, { signal });
	widget.addEventListener('chat-end', async () => (await ending()).ask(widget, visitor), { signal });
	conversation.addEventListener('change', async () => {
		const { end } = conversation.view;
		if (over === !!end) return;
		over = !!end;
		if (!over) return widget.replaceForm(); // its end was deleted, or an agent reopened it
		const { show } = await ending();
		if (!over) return;
		show(widget, visitor, () => {
			leave();
			openChat(widget, visitor.name);
			const unsent = conversation.outbox.drain().join('\n');
			if (unsent) widget.suggest(unsent);
		});
	}, { signal });
	visitor.connect();
}

/** A visitor's session. It doesn't connect before the first message. */
class Visitor extends Session {
	#left; // the ended chat that the visitor has closed
	#begun; // whether there was a chat to come back to

	constructor(left, begun) {
		super();
		this.#left = left;
		this.#begun = !left && begun;
		this.conversation = new Conversation(this, '', 'visitor');
		this.conversations.set('', this.conversation);
	}

	/** The name of the chat, once there is one. */
	get name() {
		return this.user?.name;
	}

	/** Calls the website about this chat. */
	ask(path, body = {}) {
		return post(path, { chat: this.name, ...body }, this.jwt);
	}

	async signIn() {
		const { conversation } = this;
		const { chat, known, gone, engine } = await this.#look();
		await conversation.outbox.ready;
		if (chat) return this.#adopt(chat, known);
		if (this.name) return this.#lose(gone ? 'gone' : 'lost');
		if (gone || this.#begun) conversation.note = 'gone';
		if (engine) loadEngine(engine); // the visitor is about to write a first message
		if (!conversation.outbox.next) return null;
		const begun = await post('new', { page: location.pathname.slice(0, 500) });
		Object.assign(this, { user: begun.user, jwt: begun.jwt });
		// Has the browser kept the cookie that came with the chat?
		return this.#adopt(begun, known || (await this.#look()).known);
	}

	#look() {
		return this.ask('chat', { left: this.#left }).catch(error => {
			if (error.status !== 401 && error.status !== 410) throw error;
			return { gone: error.status === 410 };
		});
	}

	renew() {
		return this.ask('token');
	}

	/** The chat is now read-only, with a read-only token, or it's open again. */
	ended() {
		if (this.state === 'online') this.renewNow();
	}

	#adopt(chat, known) {
		const { conversation } = this;
		const { id } = chat.conversation;
		Object.assign(conversation, { id, note: known ? '' : 'unkept' });
		this.conversations = new Map([[id, conversation]]);
		return chat;
	}

	#lose(why) {
		this.conversation.gone = why;
		return null;
	}
}
