function bubble(text) {
  const element = document.createElement('p');
  element.insertAdjacentHTML('beforeend', text);
  return element;
}
