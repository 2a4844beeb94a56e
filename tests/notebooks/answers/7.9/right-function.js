function openAndClose(chatWindow, opener, closer) {
  function turn(event) {
    event.preventDefault();
    const isOpen = chatWindow.classList.contains('active');
    chatWindow.classList[isOpen ? 'remove' : 'add']('active');
  }
  opener.addEventListener('click', turn, false);
  closer.addEventListener('click', () => {
    chatWindow.classList.remove('active');
  });
}
