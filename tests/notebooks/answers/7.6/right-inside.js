function appendMessage(log, text, side) {
  let element;
  follow(log, () => {
    element = log.appendChild(bubble(text));
    element.classList.add('message');
    element.classList.add(side);
  });
  return element;
}
