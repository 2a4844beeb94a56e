function bubble(text) {
  const element = document.createElement('li');
  const inner = document.createElement('span');
  inner.textContent = text;
  element.append(inner);
  return element;
}
