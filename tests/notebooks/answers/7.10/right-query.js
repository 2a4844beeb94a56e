function greet(log) {
  if (log.querySelector('.message')) return;
  appendMessage(log, 'Hello! How can we help you?', 'theirs');
}
