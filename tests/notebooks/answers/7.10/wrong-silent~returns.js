function greet(log) {
  if (!log.childElementCount) return 'Hello!';
}
