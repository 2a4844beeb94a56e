function sideOf(event, me) {
  return event.from?.user.name === me.name ? 'mine' : 'theirs';
}
