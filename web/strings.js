// Every word of the chat, in English. Another language is a file like strings-ar.js;
// which one, says the `lang` of the <chat-widget>, or else that of the page.
const OTHERS = ['ar'];
const messages = (n, kind) => `${n} ${kind} message${n > 1 ? 's' : ''}`;

export const strings = {
	language: 'en',
	direction: 'ltr',
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
	typing: name => `${name} is typing…`,
	// a message is
	sending: 'Sending…',
	sent: 'Sent',
	delivered: 'Delivered',
	seen: 'Seen',
	failed: 'Not sent.',
	// the connection is
	connecting: 'Connecting…',
	online: '',
	expired: '',
	reconnecting: 'Reconnecting…',
	offline: 'You are offline. Reconnecting…',
	error: 'The chat is not available right now.',
	ended: 'This chat has ended.',
	// at the end
	end: 'End chat',
	endQuestion: 'Do you want to end this chat?',
	goOn: 'Keep chatting',
	rate: 'How was this chat?',
	stars: n => `${n} of 5 stars`,
	comment: 'Anything to add? (optional)',
	sendRating: 'Send rating',
	thanks: 'Thank you for your rating.',
	refused: 'That did not work. Please try again.',
	transcript: 'Download transcript',
	startAgain: 'Start a new chat',
};

const { lang } = document.querySelector('chat-widget[lang]') ?? document.documentElement;
const language = lang.split('-')[0];
if (language === 'en') strings.language = lang;
if (OTHERS.includes(language)) {
	const { translation } = await import(`./strings-${language}.js`);
	Object.assign(strings, translation, { language: lang });
}
