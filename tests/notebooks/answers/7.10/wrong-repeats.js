function greet(log) {
  appendMessage(log, 'Hello! How can we help you?', 'theirs');
}
