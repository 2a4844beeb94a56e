(async () => {
  const { VonageClient } = await loadSdk();
  const client = new VonageClient({ loggingLevel: 'Error' });
  client.setConfig(chat.sdk);
  const heard = new Promise(resolve => client.on('conversationEvent', event => {
    if (event.body.text === 'two') setTimeout(resolve, 50);
  }));
  let listeners = 0;
  let inTime = null;
  const watched = new Proxy(client, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      return (...all) => {
        if (name === 'on') listeners += 1;
        const given = value.apply(target, all);
        if (name !== 'createSession') return given;
        return given.then(id => {
          inTime = listeners > 0;
          return id;
        });
      };
    },
  });
  const shown = [];
  try {
    await listen(watched, chat, text => shown.push(text ?? null));
    await client.sendMessageTextEvent(chat.conversation.id, 'one', true);
    await client.sendEphemeralEvent(chat.conversation.id, { typing: true });
    await client.sendMessageTextEvent(chat.conversation.id, 'two', true);
  } catch (error) {
    return { refused: error.code ?? error.message };
  }
  await heard;
  return { shown, inTime };
})()
