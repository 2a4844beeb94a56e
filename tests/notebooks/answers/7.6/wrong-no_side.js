function appendMessage(log, text, side) {
  const element = bubble(text);
  element.classList.add('message');
  follow(log, () => log.append(element));
}
