// A user's session with the server: signs in, renews the token, and reconnects. It
// handles no messages.
import { patience, pause } from './chat-calls.js';
import { load } from './chat-dom.js';

const RENEWAL = 300_000; // ms; a token is valid for three times as long

/** Loads an engine's client. Each has a module with the same interface. */
export const loadEngine = (engine = 'vonage') => load(`chat-${engine}.js`);

/**
 * A subclass implements `signIn` (returns {user, jwt, sdk}, or null if there's nothing
 * to connect to), `renew` (returns {jwt}), `heard` (called for every event) and `left`
 * (a user has left a conversation). Properties: `state`, `user`, `jwt`, `config`, `sdk`
 * and `signal` (aborted when the session closes).
 */
export class Session {
	conversations = new Map(); // by id
	state = 'connecting';
	#round = 0; // each change of the connection cancels earlier work
	#renewal = 0; // when the token has to be renewed
	renewed = Promise.resolve(); // resolved when no renewal is in progress
	#closing = new AbortController();
	signal = this.#closing.signal;

	constructor() {
		const { signal } = this;
		const renew = () => this.#renewWhenDue();
		// Don't use one long timer, because it stops while a laptop sleeps.
		const timer = setInterval(renew, 10_000);
		signal.addEventListener('abort', () => clearInterval(timer));
		document.addEventListener('visibilitychange', renew, { signal });
		// Only the server knows whether the connection really is lost.
		const look = () => this.state === 'online' && this.#resume();
		addEventListener('offline', look, { signal });
		addEventListener('online', look, { signal });
		// A page that a browser keeps for "Back" mustn't hold a connection.
		addEventListener('pagehide', () => this.leave(), { signal });
		addEventListener('pageshow', ({ persisted }) => persisted && this.connect('reconnecting'), { signal });
	}

	connect(state = 'connecting') {
		this.#is(state);
		return this.#persist(async round => {
			const signed = await this.signIn();
			if (round !== this.#round) return;
			if (!signed) return this.#is('online');
			const { makeClient } = await loadEngine(signed.sdk.engine);
			if (round !== this.#round) return;
			Object.assign(this, { user: signed.user, jwt: signed.jwt, config: signed.sdk });
			this.sdk ??= this.#listen(makeClient());
			this.sdk.setConfig(this.config);
			await this.sdk.createSession(this.jwt);
			this.#renewal = Date.now() + RENEWAL;
			this.#resume();
		});
	}

	/** Ends the session; `connect` begins a new one. */
	leave() {
		this.#round++;
		this.state = 'left';
		this.sdk?.deleteSession().catch(() => {});
	}

	close() {
		this.leave();
		this.#closing.abort();
	}

	/** Reads what's new in each conversation. */
	catchUp() {
		return Promise.all([...this.conversations.values()].map(each => each.catchUp()));
	}

	/** Something has happened in one of the user's conversations. */
	heard() {}

	left() {}

	/** A conversation has ended, or it's open again because somebody reopened it or
	 * deleted its end. */
	ended() {}

	/** Handles the error of a call with this session's token. */
	failed(error) {
		if (isOver(error) && this.state === 'online') this.connect('expired');
	}

	/** Renews the token, because what it allows may have changed. The last call wins. */
	renewNow() {
		this.renewed = this.renewed.then(() => this.#renew()).catch(() => {});
	}

	async #renew() {
		this.#renewal = Date.now() + 30_000; // if it fails, try again soon
		const { jwt } = await this.renew();
		await this.sdk.refreshSession(jwt).catch(() => this.connect('expired'));
		this.jwt = jwt;
		this.#renewal = Date.now() + RENEWAL;
	}

	#listen(sdk) {
		sdk.on('conversationEvent', event => {
			this.conversations.get(event.conversationId)?.hear(event);
			this.heard(event);
		});
		sdk.on('reconnecting', () => {
			this.#round++;
			this.#is('reconnecting');
		});
		sdk.on('reconnection', () => this.#resume()); // the client doesn't report what it missed
		// The client has given up.
		sdk.on('sessionError', reason => {
			if (this.state === 'left') return;
			this.connect(`${reason}` === 'EXPIRED_TOKEN' ? 'expired' : 'reconnecting');
		});
		return sdk;
	}

	#resume() {
		return this.#persist(async round => {
			await this.catchUp();
			if (round !== this.#round) return;
			this.#is('online');
			if (!this.sdk) return;
			// `reconnection` fires before the server lets us in, so we may miss something.
			await pause(2);
			await this.catchUp();
		});
	}

	#renewWhenDue() {
		if (this.sdk && this.state === 'online' && Date.now() >= this.#renewal) this.renewNow();
	}

	#is(state) {
		this.state = state;
		this.conversations.forEach(each => each.changed());
	}

	/** Tries until it works or the connection changes. */
	async #persist(act) {
		const round = ++this.#round;
		for (let attempt = 0; round === this.#round; attempt++) {
			try {
				return await act(round);
			} catch (error) {
				if (round !== this.#round) return;
				if (isOver(error) && this.state !== 'expired') return this.connect('expired');
				const first = this.state === 'connecting' || this.state === 'error';
				if (attempt || !first) this.#is(first ? 'error' : 'reconnecting');
				await patience(error, attempt);
			}
		}
	}
}

/** Whether an error says that the token has expired, or the session has ended with it. */
function isOver({ code, status }) {
	return status === 401 || /^internal:auth|no-active-session$/.test(code);
}
