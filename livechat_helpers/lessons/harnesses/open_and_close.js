(() => {
  const make = tag => document.body.appendChild(document.createElement(tag));
  const [chatWindow, opener, closer] = [make('aside'), make('button'), make('button')];
  openAndClose(chatWindow, opener, closer);
  const isOpen = () => chatWindow.classList.contains('active');
  const first = isOpen();
  const presses = [
    ['the opener', opener, true],
    ['the opener, again', opener, false],
    ['the opener, a third time', opener, true],
    ['the closer', closer, false],
    ['the closer, on a closed window', closer, false],
    ['the opener, after the closer', opener, true],
  ];
  const states = presses.map(([, button]) => {
    button.click();
    return isOpen();
  });
  return {
    first, states,
    steps: presses.map(([step]) => step),
    wanted: presses.map(([, , wanted]) => wanted),
  };
})()
