// Asks the agent in a dialog, then calls the website. A refusal is shown in the dialog.
import { post } from '../chat-calls.js';

/** opener: the button that opens it. path: the call's path. chat: returns the id of the
 * chat it's about. */
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
