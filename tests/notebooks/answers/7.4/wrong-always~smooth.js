function follow(log, add) {
  add();
  log.scrollTo({ top: log.scrollHeight, behavior: 'smooth' });
}
