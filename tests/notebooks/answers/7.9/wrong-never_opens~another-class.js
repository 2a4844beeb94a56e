function openAndClose(chatWindow, opener, closer) {
  opener.addEventListener('click', () => chatWindow.classList.toggle('open'));
  closer.addEventListener('click', () => chatWindow.classList.remove('active'));
}
