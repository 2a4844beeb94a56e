// The agent's page: the same messages, with the sides reversed.
import { Conversation, listen, newClient, post, sendFrom } from './shared.js';

const form = document.getElementById('signIn');
const main = document.querySelector('main');
const chats = document.getElementById('chats');
const news = document.getElementById('news');

/** Lists the agent's chats, newest first. The chosen one stays chosen. */
async function list() {
  const found = await (await fetch('api/chats')).json();
  const chosen = chats.value;
  chats.replaceChildren(...found.reverse().map(({ id, title }) => new Option(title, id)));
  if (titleOf(chosen)) chats.value = chosen;
}

function titleOf(id) {
  return [...chats.options].find(({ value }) => value === id)?.label ?? '';
}

async function showDesk({ jwt, user }) {
  const client = await newClient();
  const conversation = new Conversation(client, user, main.querySelector('[role="log"]'));
  const open = id => {
    chats.value = id;
    if (news.value === id) news.hidden = true;
    return conversation.open(id);
  };
  client.on('conversationEvent', async ({ kind, conversationId: id }) => {
    if (kind !== 'message:text' || id === conversation.id) return;
    await list();
    if (!conversation.id) return open(id);
    news.value = id;
    news.textContent = `New: ${titleOf(id)}`;
    news.hidden = false;
  });
  await listen(client, { jwt }, conversation.show);
  await list();
  chats.addEventListener('change', () => open(chats.value));
  news.addEventListener('click', () => open(news.value));
  sendFrom(main.querySelector('textarea'), document.getElementById('send'), conversation);
  form.hidden = true;
  main.hidden = false;
  if (chats.length) await open(chats.options[0].value);
  document.body.dataset.ready = 'yes';
}

async function signIn(password) {
  await showDesk(await post('api/jwt/agent', { password }));
}

form.addEventListener('submit', async event => {
  event.preventDefault();
  try {
    await signIn(form.querySelector('input').value);
  } catch (error) {
    form.querySelector('[role="alert"]').textContent = error.message;
  }
});

// An agent who's already signed in has a cookie. A sign-in link has a code after its #,
// which the browser doesn't send to a server.
const code = decodeURIComponent(location.hash.slice(1));
history.replaceState(null, '', location.pathname);
signIn(code).catch(() => {
  form.hidden = false;
});
