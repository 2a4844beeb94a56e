function bubble(text) {
  const element = document.createElement('p');
  element.innerHTML = text.replace(/<script.*?>/g, '');
  return element;
}
