function greet(log) {
  // ...
  if (log.childElementCount === 0) appendMessage(log, 'Hello! How can we help you?', 'theirs');
}
