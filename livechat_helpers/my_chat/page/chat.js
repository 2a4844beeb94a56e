// The customer's page: a button, and a window that slides in.
import { Conversation, greet, listen, newClient, post, sendFrom } from './shared.js';

const chatWindow = document.getElementById('chatWindow');
const log = chatWindow.querySelector('[role="log"], [role="status"], [aria-live], output');
const field = chatWindow.querySelector('textarea, input');
const buttons = chatWindow.querySelectorAll('button, [type="submit"], [role="button"]');
const [close, send] = [buttons[0], buttons[buttons.length - 1]];
log.classList.add('messages');
close.classList.add('close');

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
greet(log);
sendFrom(field, send, conversation);
document.body.dataset.ready = 'yes';
