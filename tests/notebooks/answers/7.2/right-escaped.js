function bubble(text) {
  const element = document.createElement('p');
  const signs = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  element.innerHTML = text.replace(/[&<>]/g, sign => signs[sign]);
  return element;
}
