function greet(log) {
  if (!log.firstElementChild) {
    appendMessage(log, 'Hello! How can we help you?', 'theirs');
  }
}
