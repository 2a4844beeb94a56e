const greeted = new Set();
function greet(log) {
  if (greeted.has(log)) return;
  greeted.add(log);
  appendMessage(log, 'Hello! How can we help you?', 'theirs');
}
