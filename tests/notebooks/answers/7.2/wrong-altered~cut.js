function bubble(text) {
  const element = document.createElement('p');
  element.textContent = text.slice(0, 10);
  return element;
}
