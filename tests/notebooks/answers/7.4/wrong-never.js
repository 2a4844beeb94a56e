function follow(log, add) {
  add();
}
