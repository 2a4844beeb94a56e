function follow(log, add) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 10;
  add();
  if (atEnd) log.scrollTop = log.scrollHeight;
}
