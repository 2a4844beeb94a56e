function sideOf(event, me) {
  return event.from?.memberId === me.id ? 'mine' : 'theirs';
}
