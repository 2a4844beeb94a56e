// The chosen chat, in the same window as on the customer's page, with the agent's
// actions.
import { bind } from '../chat-binding.js';
import { post } from '../chat-calls.js';
import { h } from '../chat-dom.js';
import { ask } from './dialogs.js';
import { lastWords } from './rows.js';

const REPLIES = {
	'Hello': 'Hello! How can I help you?',
	'One moment': 'One moment, please. Let me look that up.',
	'Tell me more': 'Could you tell me a little more about it?',
	'Anything else?': 'Is there anything else I can do for you?',
	'Goodbye': 'Thank you for chatting with us. Have a good day!',
};

const $ = selector => document.querySelector(selector);

export class Chosen {
	row;
	#desk;
	#widgets = new Map(); // by chat id; each keeps its draft and scroll position
	#takes; // the id of the chat that the agent is taking from the queue

	/** desk: the agent's desk. agent: the agent's name. team: the names of all agents. */
	constructor(desk, agent, team) {
		this.#desk = desk;
		const chat = () => this.row.id;
		const others = team.filter(name => name !== agent);
		$('#hand-over-to select').append(...others.map(name => h('option', {}, name)));
		$('#replies').append(...Object.entries(REPLIES).map(([name, text]) => h('button', {
			type: 'button', title: text, onclick: () => this.#widgets.get(this.row.id).suggest(text),
		}, name)));
		ask($('#hand-over'), $('#hand-over-to'), 'agent/hand-over', chat);
		ask($('#end'), $('#end-with'), 'agent/close', chat);
		$('#take').onclick = () => this.#take(agent);
	}

	/** Shows the chat of a row, or no chat. */
	choose(row) {
		this.row = row;
		this.#tell('');
		this.render();
		if (row && this.#writes) this.#widgets.get(row.id).focus();
	}

	/** Shows the rows as they are now. */
	render() {
		const { rows } = this.#desk;
		this.row = this.row && rows.get(this.row.id);
		const { row } = this;
		const mine = this.#desk.isMine(row);
		const widget = mine && this.#widget(row);
		for (const [id, each] of this.#widgets) {
			each.hidden = each !== widget;
			if (!this.#desk.conversations.has(id)) this.#drop(id);
		}
		$('#desk').classList.toggle('chatting', !!row);
		$('#chosen').hidden = !row;
		$('#chosen h1').textContent = row?.title ?? '';
		$('#chosen .tools').hidden = $('#replies').hidden = !this.#writes;
		$('#queued').hidden = !row || mine;
		$('#queued p').textContent = row ? lastWords(row) : '';
		if (mine && this.#takes === row.id) {
			this.#takes = null;
			widget.focus();
		}
	}

	get #writes() {
		return this.#desk.isMine(this.row) && !this.row.end;
	}

	#widget(row) {
		const known = this.#widgets.get(row.id);
		const isOpen = this.#desk.conversations.has(row.id);
		if (known && isOpen) return known;
		if (known) this.#drop(row.id);
		const widget = h('chat-widget', { id: row.id });
		widget.setAttribute('inline', '');
		widget.setAttribute('greeting', ''); // this one is for visitors
		this.#widgets.set(row.id, widget);
		$('#replies').before(widget);
		const conversation = this.#desk.open(row);
		bind(widget, conversation, this.#desk.signal);
		conversation.catchUp().catch(() => {}); // when the session is back, it reads again
		let over = false;
		conversation.addEventListener('change', () => {
			const { end } = conversation.view;
			if (over === !!end) return;
			over = !!end;
			widget.replaceForm(over ? h('p') : undefined); // the event that ended a chat can be deleted
		});
		return widget;
	}

	#drop(id) {
		this.#widgets.get(id).remove();
		this.#widgets.delete(id);
	}

	async #take(agent) {
		const { id } = this.row;
		this.#tell('');
		try {
			await post('agent/hand-over', { conversation: id, to: agent });
			this.#takes = id;
			await this.#desk.refresh();
		} catch (error) {
			this.#tell(error.message);
		}
	}

	#tell(problem) {
		$('#queued [role=alert]').textContent = problem;
	}
}
