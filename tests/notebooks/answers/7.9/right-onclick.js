function openAndClose(chatWindow, opener, closer) {
  opener.onclick = () => chatWindow.classList.toggle('active');
  closer.onclick = () => chatWindow.classList.remove('active');
}
