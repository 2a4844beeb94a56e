// Vonage's client, and the one call that doesn't go through it.
import { call } from './chat-calls.js';
import { again } from './chat-dom.js';

const SDK = '../sdk/vonageClientSDK.min.mjs';

const { VonageClient } = await again(failed => import(failed ? `${SDK}?${failed}` : SDK));

/** Sends without the SDK, which hides how long a server asks us to wait. */
function send({ id, log, session: { config, jwt } }, { text }) {
	const event = { type: 'message', from: log.memberId, body: { message_type: 'text', text } };
	return call(`${config.apiUrl}/v0.3/conversations/${id}/events`, event, jwt);
}

export const makeClient = () => Object.assign(new VonageClient({ loggingLevel: 'Error' }), { send });
