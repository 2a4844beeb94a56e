// Defines <chat-widget>. The SDK (1.3 MB) waits for somebody who is about to chat.
import { ChatWidget } from './chat-widget.js';

const client = () => import('./chat-client.js');

for (const widget of document.querySelectorAll('chat-widget')) {
	const open = () => client().then(({ openChat }) => openChat(widget)).catch(() => {
		widget.setConnection('error');
		setTimeout(open, 5000);
	});
	const once = (name, act) => widget.addEventListener(name, act, { once: true });
	once('chat-open', open);
	once('pointerover', () => client().then(({ loadSdk }) => loadSdk()));
}
customElements.get('chat-widget') ?? customElements.define('chat-widget', ChatWidget);
