function follow(log, add) {
  const { scrollHeight, scrollTop, clientHeight } = log;
  add();
  if (scrollTop + clientHeight > scrollHeight - 40) log.scrollTop = log.scrollHeight - clientHeight;
}
