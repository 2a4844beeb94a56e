// Asks in a dialog, then the website; a refusal is shown in the dialog.
import { post } from '../chat-calls.js';

/** opener: a button. path: of the call. chat: returns the id of the chat it is about. */
export function ask(opener, dialog, path, chat) {
	const form = dialog.querySelector('form');
	const problem = dialog.querySelector('[role=alert]');
	opener.onclick = () => {
		form.reset();
		problem.textContent = '';
		dialog.showModal();
	};
	dialog.querySelector('.cancel').onclick = () => dialog.close();
	form.onsubmit = async event => {
		event.preventDefault();
		try {
			const given = Object.fromEntries(new FormData(form));
			await post(path, { conversation: chat(), ...given });
			dialog.close();
		} catch (error) {
			problem.textContent = error.message;
		}
	};
}
