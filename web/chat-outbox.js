// Messages that aren't in the history yet, in the order they were written. They survive
// a reload.
import { kept } from './chat-dom.js';
import { dated } from './chat-log.js';

/**
 * `entries`: {key, text, at, state, tried, id}; state is `sending`, `sent` (but not in
 * the history) or `failed` (only the visitor can retry); `tried` is the last id in the
 * log at the first try. name: the name under which the outbox is stored.
 */
export class Outbox {
	entries = [];
	#name = 'outbox-';

	constructor(name) {
		this.#name += name;
		const before = JSON.parse(kept(this.#name) || '[]').map(dated);
		this.ready = original().then(own => own && this.entries.unshift(...before));
	}

	/** The first message that's waiting. */
	get next() {
		return this.entries.find(({ state }) => state === 'sending');
	}

	add(text) {
		const at = new Date().toISOString();
		const key = `${at}-${Math.random()}`;
		this.entries.push(dated({ key, text, at, me: true, state: 'sending' }));
		this.save();
	}

	/** Tries a message again, after those already waiting. */
	retry(key) {
		const index = this.entries.findIndex(entry => entry.key === key);
		const [{ text }] = this.entries.splice(index, 1);
		this.add(text);
	}

	/** Hands a message over to the log; returns the key it had here. key: the message's
	 * key, if the log knows it. */
	settle({ id, text, key }) {
		const index = this.entries.findIndex(entry => entry.id === id
			|| (key ? entry.key === key : !entry.id && entry.text === text && id > entry.tried));
		if (index < 0) return null;
		const [settled] = this.entries.splice(index, 1);
		this.save();
		return settled.key;
	}

	/** Drops the waiting messages, and returns their texts. */
	drain() {
		const texts = this.entries.splice(0).map(({ text }) => text);
		this.save();
		return texts;
	}

	save() {
		kept(this.#name, JSON.stringify(this.entries));
	}
}

let lock;

/** Whether this tab is an original. A duplicated tab has messages that the original is
 * sending. */
function original() {
	return lock ??= new Promise(resolve => {
		const mine = kept('page') || kept('page', Math.random());
		const own = () => resolve(true) ?? new Promise(() => {}); // for as long as the page exists
		const signal = AbortSignal.timeout(1000); // the previous page may still be closing
		if (!navigator.locks) return resolve(true);
		return navigator.locks.request(`chat-${mine}`, { signal }, own).catch(() => {
			kept('page', Math.random());
			resolve(false);
		});
	});
}
