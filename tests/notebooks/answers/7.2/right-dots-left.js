function bubble(text) {
  const element = document.createElement('p');
  // ...
  element.textContent = text;
  return element;
}
