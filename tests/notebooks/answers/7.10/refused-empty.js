function greet(log) {
  if (!log.childElementCount) appendMessage(log, ' ', 'theirs');
}
