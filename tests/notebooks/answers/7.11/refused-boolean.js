function sideOf(event, me) {
  return event.from?.user?.id === me.id;
}
