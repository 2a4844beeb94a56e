const greet = log => {
  if (log.childElementCount < 1) appendMessage(log, 'Hello! How can we help you?', 'theirs');
};
