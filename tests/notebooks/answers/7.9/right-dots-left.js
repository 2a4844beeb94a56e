function openAndClose(chatWindow, opener, closer) {
  // ...
  opener.addEventListener('click', () => chatWindow.classList.toggle('active'));
  closer.addEventListener('click', () => chatWindow.classList.remove('active'));
}
