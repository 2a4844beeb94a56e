function openAndClose(chatWindow, opener, closer) {
  closer.addEventListener('click', () => chatWindow.classList.remove('active'));
}
