// The only script a page needs. It adds a <chat-widget>, unless there is one. The rest
// loads later: the window when the pointer comes near, and Vonage's SDK (1.3 MB) when
// somebody is about to chat.
const { origin } = new URL(import.meta.url);

if (origin === location.origin) start();
else console.error(`The live chat of ${origin} only works on pages of ${origin}: on ${location.origin}, the browser doesn't send its cookie. Serve this page from there, or show it in a frame.`);

async function start() {
	const { load } = await import('./chat-dom.js').catch(() => import('../web-1/chat-dom.js'));
	const [{ ChatWidget }, { strings }] = await Promise.all(['chat-widget.js', 'strings.js'].map(load));
	const client = () => load('chat-client.js');

	addEventListener('chat-near', client);
	addEventListener('chat-connect', ({ target }) => client().then(({ openChat }) => openChat(target)));
	customElements.get('chat-widget') ?? customElements.define('chat-widget', ChatWidget);

	// Not in the body, so that the chat stays when the body is moved, transformed or
	// replaced.
	const place = () => {
		if (document.querySelector('chat-widget')) return;
		const widget = document.createElement('chat-widget');
		document.documentElement.append(Object.assign(widget, { role: 'complementary', ariaLabel: strings.title }));
	};
	let { body } = document;
	place();
	const look = () => {
		if (body !== document.body) place();
		({ body } = document);
	};
	new MutationObserver(look).observe(document.documentElement, { childList: true });
}
