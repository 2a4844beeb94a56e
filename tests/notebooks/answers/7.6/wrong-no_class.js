function appendMessage(log, text, side) {
  const element = bubble(text);
  element.classList.add(side);
  follow(log, () => log.append(element));
}
