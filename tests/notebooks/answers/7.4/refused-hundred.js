function follow(log, add) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 100;
  add();
  if (atEnd) log.scrollTop = log.scrollHeight;
}
