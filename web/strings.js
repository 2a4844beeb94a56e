// Every word of the chat: to translate the chat, translate this file.
const messages = (n, kind) => `${n} ${kind} message${n > 1 ? 's' : ''}`;

export const strings = {
	title: 'Live chat',
	open: 'Open live chat',
	close: 'Close live chat',
	log: 'Conversation',
	greeting: 'Hello! How can we help you today?',
	input: 'Your message',
	send: 'Send',
	retry: 'Try again',
	you: 'You',
	support: 'Support',
	unread: n => messages(n, 'unread'),
	latest: n => messages(n, 'new'),
	// a message is
	sending: 'Sending…',
	sent: 'Sent',
	delivered: 'Delivered',
	seen: 'Seen',
	failed: 'Not sent.',
	// the connection is
	connecting: 'Connecting…',
	online: '',
	reconnecting: 'Reconnecting…',
	offline: 'You are offline. Reconnecting…',
	error: 'The chat is not available right now. Reconnecting…',
};
