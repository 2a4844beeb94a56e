function bubble(text) {
  const element = document.createElement('div');
  element.append(text);
  return element;
}
