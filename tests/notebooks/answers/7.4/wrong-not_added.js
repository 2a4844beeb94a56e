function follow(log, add) {
  log.scrollTop = log.scrollHeight;
}
