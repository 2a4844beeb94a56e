// Calls a server, waits for its answer, and retries, in the same way everywhere.
const PATIENCE = 15_000; // ms
const LONGEST = 15; // seconds between two tries

/** Calls a server, with POST by default, and returns its answer. */
export async function call(url, body, token, method = 'POST') {
	const headers = { 'Content-Type': 'application/json' };
	if (token) headers.Authorization = `Bearer ${token}`;
	return read(await within(fetch(url, { method, headers, body: JSON.stringify(body) })));
}

/**
 * Reads an answer.
 * An error has `status`, and `seconds` if the server says how long to wait.
 */
export async function read(answer) {
	const data = await answer.json().catch(() => ({}));
	const { ok, status } = answer;
	if (ok) return data;
	const wait = answer.headers.get('Retry-After') ?? data.retry_after_seconds ?? data.retry_after_ms / 1000; // or a date
	const seconds = Number(wait) || (Date.parse(wait) - Date.now()) / 1000;
	throw Object.assign(new Error(data.detail ?? `Status ${status}`), { status, seconds });
}

/** Calls the website. If there's no cookie, a token says who's calling. */
export const post = (path, body = {}, token) => call(new URL(`../api/${path}`, import.meta.url), body, token);

/** Rejects if there is no answer in time. */
export function within(promise) {
	const { promise: late, reject } = Promise.withResolvers();
	const timer = setTimeout(reject, PATIENCE, new Error('No answer'));
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Varies the wait a little, so that pages don't all reconnect at once. */
export function pause(seconds) {
	const { promise, resolve } = Promise.withResolvers();
	setTimeout(resolve, seconds * (750 + Math.random() * 500));
	addEventListener('online', resolve);
	return promise.finally(() => removeEventListener('online', resolve));
}

/** Waits after a failure: as long as the server says, or longer each time. */
export function patience({ seconds }, attempt) {
	if (seconds > 0) return new Promise(resolve => { setTimeout(resolve, seconds * 1000); });
	return pause(Math.min(LONGEST, 2 ** attempt / 2));
}
