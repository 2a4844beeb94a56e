async function listen(vonage, mine, tell) {
  const hear = event => event.kind === 'message:text' && tell(event.body.text);
  vonage.on('conversationEvent', hear);
  await vonage.createSession(mine.jwt);
}
