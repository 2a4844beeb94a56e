// Signs the agent in, with an earlier cookie, a link's code, or the agent's own
// password.
import { post } from '../chat-calls.js';

const others = new BroadcastChannel('agent-sign-out'); // the agent's other tabs
others.onmessage = () => location.reload();

/** Resolves to what the website says about the agent, once the agent is signed in. */
export function signIn(main) {
	const form = main.querySelector('form');
	const { promise, resolve } = Promise.withResolvers();
	const done = agent => {
		main.hidden = true;
		resolve(agent);
	};
	const show = (problem = '') => {
		main.hidden = false;
		main.querySelector('[role=alert]').textContent = problem;
		form.password.select();
	};
	form.onsubmit = event => {
		event.preventDefault();
		const given = Object.fromEntries(new FormData(form));
		post('jwt/agent', given).then(done, error => show(error.message));
	};
	// A link from the notebook carries a code that works once; nobody should see it later.
	const code = location.hash.slice(1);
	history.replaceState(null, '', location.pathname);
	const known = post('jwt/agent', code ? { code } : {});
	known.then(done, error => show(code || error.status !== 401 ? error.message : ''));
	return promise;
}

export async function signOut() {
	await post('agent/sign-out');
	others.postMessage('');
	location.reload();
}
