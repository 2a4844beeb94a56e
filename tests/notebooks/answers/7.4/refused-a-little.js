function follow(log, add) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  add();
  log.scrollTop = atEnd ? log.scrollHeight : log.scrollTop + 20;
}
