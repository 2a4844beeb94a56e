function sideOf(event, me) {
  return event.from?.user?.name === 'agent' ? 'theirs' : 'mine';
}
