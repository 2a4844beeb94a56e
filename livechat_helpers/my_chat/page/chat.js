// The customer's page: a button, and a window that slides in.
import { appendMessage, Conversation, listen, newClient, post, sendFrom } from './shared.js';

const chatWindow = document.getElementById('chatWindow');
const log = chatWindow.querySelector('[role="log"]');
const field = chatWindow.querySelector('textarea');
const [close, send] = chatWindow.querySelectorAll('button');

// [7.9] open and close the window
function openAndClose(chatWindow, opener, closer) {
  opener.addEventListener('click', () => chatWindow.classList.toggle('active'));
  closer.addEventListener('click', () => chatWindow.classList.remove('active'));
}
// [/7.9]

openAndClose(chatWindow, document.getElementById('showChat'), close);

const chat = await post('api/new');
const client = await newClient();
const conversation = new Conversation(client, chat.user, log);
await listen(client, chat, conversation.show);
await conversation.open(chat.conversation.id);
if (!log.childElementCount) appendMessage(log, 'Hello! How can we help you?', 'theirs');
sendFrom(field, send, conversation);
document.body.dataset.ready = 'yes';
