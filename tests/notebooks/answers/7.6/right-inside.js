function appendMessage(log, text, side) {
  follow(log, () => {
    const element = log.appendChild(bubble(text));
    element.classList.add('message');
    element.classList.add(side);
  });
}
