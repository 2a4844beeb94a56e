function bubble(text) {
  for (;;);
}
