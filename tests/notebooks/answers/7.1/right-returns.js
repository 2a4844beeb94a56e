function listen(client, chat, show) {
  client.on('conversationEvent', ({ kind, body }) => {
    if (kind === 'message:text') show(body.text);
  });
  return client.createSession(chat.jwt);
}
