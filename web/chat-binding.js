// Connects a conversation to a window, until a signal aborts it.

export function bind(widget, conversation, signal) {
	const on = (name, react) => widget.addEventListener(name, ({ detail }) => react(detail), { signal });
	on('chat-reading', reading => { conversation.reading = reading; });
	on('chat-typing', typing => conversation.type(typing));
	on('chat-send', text => conversation.write(text));
	on('chat-retry', key => conversation.retry(key));
	conversation.addEventListener('change', () => widget.render(conversation.view), { signal });
	conversation.reading = widget.reading;
}
