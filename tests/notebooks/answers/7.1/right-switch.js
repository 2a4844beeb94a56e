async function listen(client, chat, show) {
  client.on('conversationEvent', event => {
    switch (event.kind) {
      case 'message:text':
        show(event.body.text);
        break;
      default:
    }
  });
  await client.createSession(chat.jwt);
}
