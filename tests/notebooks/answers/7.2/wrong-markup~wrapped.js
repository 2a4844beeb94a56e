function bubble(text) {
  const element = document.createElement('div');
  element.innerHTML = '<p>' + text + '</p>';
  return element;
}
