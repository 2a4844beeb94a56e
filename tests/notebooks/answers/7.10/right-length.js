function greet(log) {
  if (log.children.length > 0) return;
  appendMessage(log, 'Good morning, my name is James.', 'theirs');
}
