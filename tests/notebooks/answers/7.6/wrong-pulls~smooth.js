function appendMessage(log, text, side) {
  const element = bubble(text);
  element.classList.add('message', side);
  log.append(element);
  log.scroll({ top: log.scrollHeight, behavior: 'smooth' });
}
