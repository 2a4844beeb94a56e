function appendMessage(log, text, side) {
  const element = bubble(text);
  element.classList.add('message', side);
  follow(log, () => log.append(element));
}
