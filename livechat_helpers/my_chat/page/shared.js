// What the customer's page and the agent's page share.
import { VonageClient } from '../sdk.mjs';

// [7.1] listen for messages
async function listen(client, chat, show) {
  client.on('conversationEvent', ({ kind, body }) => {
    if (kind === 'message:text') show(body.text);
  });
  await client.createSession(chat.jwt);
}
// [/7.1]

// [7.2] turn a text into a bubble
function bubble(text) {
  const element = document.createElement('p');
  element.textContent = text;
  return element;
}
// [/7.2]

// [7.3] send a text without losing it
async function submit(field, send) {
  const text = field.value.trim();
  if (!text) return;
  field.value = '';
  try {
    await send(text);
  } catch {
    field.value = text;
  }
}
// [/7.3]

// [7.4] scroll only if the end was in view
function follow(log, add) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  add();
  if (atEnd) log.scrollTop = log.scrollHeight;
}
// [/7.4]

// [7.6] add a message to the log
function appendMessage(log, text, side) {
  const element = bubble(text);
  element.classList.add('message', side);
  follow(log, () => log.append(element));
  return element;
}
// [/7.6]

// [7.11] tell your messages from theirs
function sideOf(event, me) {
  return event.from?.user?.id === me.id ? 'mine' : 'theirs';
}
// [/7.11]

// [7.10] greet a new visitor
function greet(log) {
  if (log.childElementCount) return;
  appendMessage(log, 'Hello! How can we help you?', 'theirs');
}
// [/7.10]

export { appendMessage, greet, listen };

/** Calls the server. */
export async function post(path, body = {}) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.detail);
  return data;
}

/** Returns a client that knows where Vonage is. */
export async function newClient() {
  const client = new VonageClient({ loggingLevel: 'Error' });
  client.setConfig(await post('api/vonage'));
  return client;
}

/** Shows a conversation in a log: first its history, then new messages. */
export class Conversation {
  constructor(client, user, log) {
    Object.assign(this, { client, user, log, id: null, last: 0 });
    // This listener runs before the one in `listen`, which passes on only the text, so
    // that `show` knows whose text it is.
    client.on('conversationEvent', event => { this.heard = event; });
  }

  /** Shows the history of a conversation. */
  async open(id) {
    this.id = id;
    this.last = 0;
    this.log.replaceChildren();
    const query = { order: 'asc', pageSize: 100 };
    do {
      const page = await this.client.getConversationEvents(id, query);
      page.events.filter(({ kind }) => kind === 'message:text').forEach(e => this.#add(e));
      query.cursor = page.nextCursor;
    } while (query.cursor);
  }

  /** Shows the text that just arrived. */
  show = () => {
    if (this.heard.conversationId === this.id) this.#add(this.heard);
  };

  send = text => this.client.sendMessageTextEvent(this.id, text, true);

  #add(event) {
    if (event.id <= this.last) return; // it was already in the history
    this.last = event.id;
    appendMessage(this.log, event.body.text, sideOf(event, this.user));
  }
}

/** Sends a field's text when somebody presses Enter or the button. */
export function sendFrom(field, button, conversation) {
  const send = () => submit(field, conversation.send);
  button.addEventListener('click', send);
  field.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
}
