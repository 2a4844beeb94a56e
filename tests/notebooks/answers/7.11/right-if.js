function sideOf(event, me) {
  if (event.from && event.from.user.id === me.id) {
    return 'mine';
  }
  return 'theirs';
}
