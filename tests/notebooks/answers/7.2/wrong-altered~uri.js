function bubble(text) {
  const element = document.createElement('p');
  element.textContent = encodeURIComponent(text);
  return element;
}
