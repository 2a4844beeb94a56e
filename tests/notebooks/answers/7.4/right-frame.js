function follow(log, add) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  add();
  if (atEnd) requestAnimationFrame(() => { log.scrollTop = log.scrollHeight; });
}
