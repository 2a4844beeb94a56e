function appendMessage(log, text, side) {
  const element = bubble(text);
  element.className = `message ${side}`;
  follow(log, () => { log.appendChild(element); });
  return element;
}
