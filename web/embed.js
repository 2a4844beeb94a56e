// The one line that a page needs: this script puts a <chat-widget> on it, unless it has
// one. The SDK (1.3 MB) waits for somebody who is about to chat.
import { ChatWidget, h } from './chat-widget.js';
import { strings } from './strings.js';

const client = () => import('./chat-client.js');

addEventListener('chat-near', () => client().then(({ loadSdk }) => loadSdk()));
addEventListener('chat-connect', ({ target: widget }) => client()
	.then(({ openChat }) => openChat(widget))
	.catch(() => widget.setConnection('error')));

customElements.get('chat-widget') ?? customElements.define('chat-widget', ChatWidget);
if (!document.querySelector('chat-widget')) {
	document.body.append(h('chat-widget', { role: 'complementary', ariaLabel: strings.title }));
}
