function bubble(text) {
  return '<p>' + text + '</p>';
}
