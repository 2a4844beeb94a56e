function appendMessage(log, text, side) {
  const element = document.createElement('div');
  element.className = `message ${side}`;
  element.innerHTML = '<p>' + text + '</p>';
  follow(log, () => log.append(element));
}
