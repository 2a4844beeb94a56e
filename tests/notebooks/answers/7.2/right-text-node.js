function bubble(text) {
  const element = document.createElement('p');
  element.appendChild(document.createTextNode(text));
  return element;
}
