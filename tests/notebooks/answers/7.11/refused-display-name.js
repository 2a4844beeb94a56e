function sideOf(event, me) {
  return event.from?.user?.displayName === 'Support Agent' ? 'theirs' : 'mine';
}
