function openAndClose(chatWindow, opener, closer) {
  opener.addEventListener('click', () => chatWindow.classList.toggle('active'), { once: true });
  closer.addEventListener('click', () => chatWindow.classList.remove('active'));
}
