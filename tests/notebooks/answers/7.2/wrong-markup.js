function bubble(text) {
  const element = document.createElement('p');
  element.innerHTML = text;
  return element;
}
