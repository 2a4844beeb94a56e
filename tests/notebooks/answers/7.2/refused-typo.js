function bubble(text) {
  const element = documnet.createElement('p');
  return element;
}
