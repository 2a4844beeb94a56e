function appendMessage(log, text, side) {
  log.append(text);
}
