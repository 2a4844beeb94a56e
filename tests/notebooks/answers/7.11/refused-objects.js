function sideOf(event, me) {
  return event.from?.user === me ? 'mine' : 'theirs';
}
