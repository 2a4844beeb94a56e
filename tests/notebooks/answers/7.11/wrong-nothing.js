function sideOf(event, me) {
  event.from?.user?.id === me.id ? 'mine' : 'theirs';
}
