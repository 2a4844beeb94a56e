function greet(log) {
  if (!log.childElementCount) appendMessage(log, 'Hello! How can we help you?', 'agent');
}
