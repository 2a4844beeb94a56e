async function listen(client, chat, show) {
  client.on('message', ({ body }) => show(body.text));
  await client.createSession(chat.jwt);
}
