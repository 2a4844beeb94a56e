function bubble(text) {
  const element = document.createElement('p');
  element.innerText = text;
  return element;
}
