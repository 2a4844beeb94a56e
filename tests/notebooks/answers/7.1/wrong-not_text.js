async function listen(client, chat, show) {
  client.on('conversationEvent', ({ body }) => show(body.text));
  await client.createSession(chat.jwt);
}
