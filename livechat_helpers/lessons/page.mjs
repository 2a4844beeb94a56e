// A page without a browser: runs a script with a document, and the browser's SDK.
//
// Reads {script, call, values} as JSON, and writes {value, said} or {error, line}.
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { format } from 'node:util';
import { Script } from 'node:vm';

const web = new URL('../../web/', import.meta.url);
const require = createRequire(web);
const SDK = new URL('node_modules/@vonage/client-sdk/dist/vonageClientSDK.min.mjs', web);

const { script, call, values } = JSON.parse(await text(process.stdin));
const said = [];
console.log = (...all) => said.push(format(...all));

const { document } = require('linkedom').parseHTML('<!doctype html><body></body>');
Object.assign(globalThis, values, {
	document,
	/** The browser's SDK, as in web/chat-client.js. */
	loadSdk() {
		globalThis.WebSocket ??= require('ws'); // Node.js 20 has none
		return import(SDK);
	},
});

let told;
try {
	const whole = `(async () => { "use strict"; ${script}\nreturn (${call}\n); })()`;
	const value = await new Script(whole, { filename: 'script' }).runInThisContext();
	told = { value: value ?? null, said };
} catch (error) {
	const [, line] = /script:(\d+)/.exec(error?.stack) ?? [];
	told = { error: `${error?.name ?? 'Error'}: ${error?.message ?? error}`, line };
}
// A session that is still open would keep the process alive.
process.stdout.write(JSON.stringify(told), () => process.exit());
