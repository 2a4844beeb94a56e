// The chat's texts, in English. Another language is a file like strings-ar.js. The
// `lang` of the <chat-widget>, or else of the page, chooses it.
const OTHERS = ['ar'];
const TYPES = { image: 'An image', video: 'A video', audio: 'A recording', file: 'A file' };
const ENDED_BY = { visitor: 'You ended this chat.', customer: 'The visitor ended this chat.' }; // the second is for agents
const messages = (n, kind) => `${n} ${kind} message${n > 1 ? 's' : ''}`;

const english = {
	language: 'en',
	direction: 'ltr',
	title: 'Live chat',
	open: 'Open live chat',
	close: 'Close live chat',
	log: 'Conversation',
	greeting: 'Hello! How can we help you today?',
	replies: 'We reply within minutes',
	input: 'Your message',
	send: 'Send',
	retry: 'Try again',
	you: 'You',
	support: 'Support',
	unread: n => messages(n, 'unread'),
	latest: n => messages(n, 'new'),
	typing: name => `${name} is typing…`,
	// completes "a message is ..."
	sending: 'Sending…',
	sent: 'Sent',
	delivered: 'Delivered',
	seen: 'Seen',
	failed: 'Not sent.',
	unshown: type => `${TYPES[type] ?? 'A message'} that can’t be shown here`,
	tooLong: n => `${n} character${n > 1 ? 's' : ''} too long. Nothing is lost: shorten it, or send it in parts.`,
	// completes "the connection is ..."
	connecting: 'Connecting…',
	online: '',
	expired: '',
	reconnecting: 'Reconnecting…',
	offline: 'You are offline. Reconnecting…',
	error: 'The chat is not available right now.',
	ended: 'This chat has ended.',
	gone: 'That chat no longer exists.',
	lost: 'This chat can’t continue: your browser lost its cookie. You can save it now.',
	unkept: 'Your browser blocks cookies. This chat lasts as long as this page.',
	// shown when a chat ends
	endedBy: by => ENDED_BY[by] ?? 'Support ended this chat.',
	end: 'End chat',
	endQuestion: 'Do you want to end this chat?',
	goOn: 'Keep chatting',
	rate: 'How was this chat?',
	stars: n => `${n} of 5 stars`,
	comment: 'Anything to add? (optional)',
	sendRating: 'Send rating',
	thanks: 'Thank you for your rating.',
	refused: 'That didn’t work. Please try again.',
	transcript: 'Download transcript',
	startAgain: 'Start a new chat',
};

const { lang } = document.querySelector('chat-widget[lang]') ?? document.documentElement;
const locale = canonical(lang);
const [language] = locale.split('-');
const other = () => import(`./strings-${language}.js`);
const { translation } = OTHERS.includes(language) ? await other().catch(other) : {};

/** A text that's missing in the page's language is shown in English. */
export const strings = Object.freeze({
	...english, ...translation, ...translation || language === 'en' ? { language: locale } : {},
});

/** A page's `lang` might not be a valid language. */
function canonical(tag) {
	try {
		return Intl.getCanonicalLocales(tag.replace('_', '-'))[0];
	} catch {
		return 'en';
	}
}
