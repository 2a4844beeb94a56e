function appendMessage(log, text, side) {
  const element = document.createElement('div');
  element.className = `message ${side}`;
  element.textContent = text;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.insertAdjacentElement('beforeend', element);
  if (atEnd) log.scrollTop = log.scrollHeight;
  return element;
}
