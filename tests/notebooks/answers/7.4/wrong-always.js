function follow(log, add) {
  add();
  log.scrollTop = log.scrollHeight;
}
