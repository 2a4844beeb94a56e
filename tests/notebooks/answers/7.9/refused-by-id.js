function openAndClose(chatWindow, opener, closer) {
  document.getElementById('showChat').addEventListener('click', () => {
    chatWindow.classList.toggle('active');
  });
}
