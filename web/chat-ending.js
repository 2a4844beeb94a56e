// How a chat ends: the question before that, and the rating and the transcript after
// it.
import { h, icon, load } from './chat-dom.js';
import { saveTranscript } from './chat-transcript.js';
import { strings } from './strings.js';

const STAR = 'M12 3l2.8 5.7 6.2.9-4.5 4.4 1.1 6.2-5.6-2.9-5.6 2.9 1.1-6.2L3 9.6l6.2-.9z';

/** Asks the visitor whether to end the chat. The server reports the end. */
export async function ask(widget, visitor) {
	const problem = h('p', { role: 'alert' });
	const onclick = () => attempt(visitor.ask('end'), problem);
	const end = h('button.main', { type: 'button', onclick }, strings.end);
	const goOn = h('button', { type: 'button', onclick: () => back(widget) }, strings.goOn);
	await replace(widget, h('p', {}, strings.endQuestion), h('div.choices', {}, end, goOn), problem);
	goOn.focus();
}

/** Offers what a visitor can do after a chat. */
export function show(widget, visitor, startAgain) {
	const { conversation } = visitor;
	const again = () => {
		back(widget);
		startAgain();
	};
	const save = () => saveTranscript(conversation.view.items);
	replace(widget, ...conversation.gone ? [] : [rating(visitor)], h('div.choices', {},
		h('button', { type: 'button', onclick: again }, strings.startAgain),
		h('button', { type: 'button', onclick: save }, strings.transcript)));
}

/** Shows an element instead of the field. */
function replace(widget, ...children) {
	const { shadowRoot } = widget;
	load('chat-ending.css').then(sheet => {
		if (!shadowRoot.adoptedStyleSheets[1]) shadowRoot.adoptedStyleSheets.push(sheet);
	});
	return widget.replaceForm(h('div.ending', {}, ...children));
}

async function back(widget) {
	await widget.replaceForm();
	widget.focus();
}

function rating(visitor) {
	const { conversation, signal } = visitor;
	const stars = [1, 2, 3, 4, 5].map(value => h('label.star', {}, h('input', {
		type: 'radio',
		name: 'stars',
		value,
		required: true,
		ariaLabel: strings.stars(value),
	}), icon(STAR)));
	const comment = h('textarea', {
		name: 'comment',
		ariaLabel: strings.comment,
		placeholder: strings.comment,
		rows: 1,
		maxLength: 500,
	});
	const problem = h('p', { role: 'alert' });
	const form = h('form', {
		onsubmit: async event => {
			event.preventDefault();
			const { stars: chosen, ...rest } = Object.fromEntries(new FormData(form));
			const given = visitor.ask('rating', { ...rest, stars: Number(chosen) });
			if (await attempt(given, problem)) thank().focus();
		},
	}, h('fieldset', {}, h('legend', {}, strings.rate), ...stars),
	comment, h('button.main', {}, strings.sendRating), problem);
	const thank = () => {
		const thanks = h('p', { role: 'status', tabIndex: -1 }, strings.thanks);
		if (!form.querySelector('[role=status]')) form.replaceChildren(thanks);
		return form.firstChild;
	};
	const look = () => conversation.view.rated && thank(); // in another tab, or earlier
	conversation.addEventListener('change', look, { signal });
	look();
	return form;
}

/** Waits for a call to the website, and says if it fails. */
async function attempt(asked, problem) {
	problem.textContent = '';
	try {
		await asked;
		return true;
	} catch ({ status }) {
		if (status === 409) return true; // it was done earlier
		problem.textContent = status === 410 ? strings.gone : strings.refused;
		return false;
	}
}
