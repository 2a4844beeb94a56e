function bubble(text) {
  return document.createTextNode(text);
}
