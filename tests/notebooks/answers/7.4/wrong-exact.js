function follow(log, add) {
  const atEnd = log.scrollHeight - log.scrollTop === log.clientHeight;
  add();
  if (atEnd) log.scrollTop = log.scrollHeight;
}
