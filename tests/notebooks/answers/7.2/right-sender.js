function bubble(text) {
  const element = document.createElement('p');
  element.textContent = `Somebody: ${text}`;
  return element;
}
