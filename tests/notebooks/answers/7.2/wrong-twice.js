function bubble(text) {
  const element = document.createElement('p');
  element.textContent = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return element;
}
