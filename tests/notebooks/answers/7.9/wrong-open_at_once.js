function openAndClose(chatWindow, opener, closer) {
  opener.addEventListener('click', chatWindow.classList.add('active'));
  closer.addEventListener('click', () => chatWindow.classList.remove('active'));
}
