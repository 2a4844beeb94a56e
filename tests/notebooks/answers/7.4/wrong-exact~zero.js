function follow(log, add) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight <= 0;
  add();
  if (atEnd) log.scrollTop = log.scrollHeight;
}
