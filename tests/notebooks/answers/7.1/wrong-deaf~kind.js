async function listen(client, chat, show) {
  client.on('conversationEvent', ({ kind, body }) => {
    if (kind === 'text') show(body.text);
  });
  await client.createSession(chat.jwt);
}
