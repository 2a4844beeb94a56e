async function listen(client, chat, show) {
  client.on('conversationEvent', event => {
    if (event.kind === 'message:text') show(event);
  });
  await client.createSession(chat.jwt);
}
