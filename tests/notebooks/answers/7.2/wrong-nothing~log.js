function bubble(text) {
  console.log(text);
}
