// How a chat ends: the question before; the rating and the transcript after.
import { post } from './chat-client.js';
import { h } from './chat-widget.js';
import { strings } from './strings.js';

const sheet = new CSSStyleSheet();
sheet.replaceSync(await (await fetch(new URL('chat-ending.css', import.meta.url))).text());

/** Asks the visitor whether to end the chat. That it has ended, the server tells. */
export function ask(widget) {
	const problem = h('p', { role: 'alert' });
	const end = h('button.main', { onclick: () => attempt('end', {}, problem) }, strings.end);
	const goOn = h('button', { onclick: () => back(widget) }, strings.goOn);
	replace(widget, h('p', {}, strings.endQuestion), h('div.choices', {}, end, goOn), problem);
	goOn.focus();
}

/** Offers what there is to do with a chat that is over. */
export function show(widget, client) {
	const startAgain = () => {
		back(widget);
		client.connect();
	};
	replace(widget, rating(), h('div.choices', {},
		h('button', { onclick: startAgain }, strings.startAgain),
		h('button', { onclick: () => save(client.store.messages) }, strings.transcript)));
}

/** Shows something in the place of the field. */
function replace(widget, ...children) {
	const { adoptedStyleSheets } = widget.shadowRoot;
	if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
	widget.replaceForm(h('div.ending', {}, ...children));
}

function back(widget) {
	widget.replaceForm();
	widget.focus();
}

function rating() {
	const stars = [1, 2, 3, 4, 5].map(value => h('input.star', {
		type: 'radio',
		name: 'stars',
		value,
		required: true,
		ariaLabel: strings.stars(value),
	}));
	const comment = h('textarea', {
		name: 'comment',
		ariaLabel: strings.comment,
		placeholder: strings.comment,
		rows: 1,
		maxLength: 500,
		dir: 'auto',
	});
	const problem = h('p', { role: 'alert' });
	const form = h('form', {
		onsubmit: async event => {
			event.preventDefault();
			const given = Object.fromEntries(new FormData(form));
			if (!await attempt('rating', { ...given, stars: Number(given.stars) }, problem)) return;
			form.replaceChildren(h('p', { role: 'status', tabIndex: -1 }, strings.thanks));
			form.firstChild.focus();
		},
	}, h('fieldset', {}, h('legend', {}, strings.rate), ...stars),
	comment, h('button.main', {}, strings.sendRating), problem);
	return form;
}

/** Asks the website for something; says so if that fails. */
async function attempt(path, body, problem) {
	problem.textContent = '';
	try {
		await post(path, body);
		return true;
	} catch ({ status }) {
		if (status === 409) return true; // it was done before
		problem.textContent = strings.refused;
		return false;
	}
}

/** Saves the conversation as a text file, made in the page. */
function save(messages) {
	const moment = new Intl.DateTimeFormat(strings.language, { dateStyle: 'medium', timeStyle: 'short' });
	const lines = messages.map(({ at, name, text }) => `[${moment.format(new Date(at))}] ${name}: ${text}`);
	const file = new Blob([lines.join('\n'), '\n'], { type: 'text/plain' });
	const href = URL.createObjectURL(file);
	h('a', { href, download: `chat-${new Date().toISOString().slice(0, 10)}.txt` }).click();
	URL.revokeObjectURL(href);
}
