function bubble(text) {
  const element = document.createElement('p');
  element.textContent = text.trim();
  return element;
}
