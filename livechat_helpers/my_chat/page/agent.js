// The agent's page: the same messages, with the sides reversed.
import { Conversation, listen, newClient, post, sendFrom } from './shared.js';

const form = document.getElementById('signIn');
const main = document.querySelector('main');
const chats = document.getElementById('chats');

async function showDesk({ jwt, user }) {
  const client = await newClient();
  const conversation = new Conversation(client, user, main.querySelector('[role="log"]'));
  await listen(client, { jwt }, conversation.show);
  for (const { id, title } of await (await fetch('api/chats')).json()) {
    chats.add(new Option(title, id), 0); // the newest comes first
  }
  chats.addEventListener('change', () => conversation.open(chats.value));
  sendFrom(main.querySelector('textarea'), document.getElementById('send'), conversation);
  form.hidden = true;
  main.hidden = false;
  if (chats.length) await conversation.open((chats.selectedIndex = 0, chats.value));
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

// Somebody who is signed in already has a cookie; a link that signs in has a code
// behind its #, which the browser sends to no server.
const code = decodeURIComponent(location.hash.slice(1));
history.replaceState(null, '', location.pathname);
signIn(code).catch(() => {
  form.hidden = false;
});
