async function listen(client, chat, show) {
  client.on('conversationEvent', ({ kind, body }) => {
    if (kind === 'message:text') show(body.text);
  });
  await client.createSesion(chat.jwt);
}
