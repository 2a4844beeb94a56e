async function listen(client, chat, show) {
  await client.createSession(chat.jwt);
  client.on('conversationEvent', ({ kind, body }) => {
    if (kind === 'message:text') show(body.text);
  });
}
