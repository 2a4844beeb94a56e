(() => {
  const log = document.querySelector('.messages');
  const add = (text, side) => {
    const element = document.createElement('p');
    element.className = `message ${side}`;
    element.textContent = text;
    log.append(element);
    return element;
  };
  const place = element => {
    const { left, right, top, bottom, width } = element.getBoundingClientRect();
    return { left, right, top, bottom, width };
  };
  const sides = ['theirs', 'mine', 'mine', 'theirs', 'mine'];
  const few = sides.map((side, at) => [add(`No. ${at}`, side), side === 'mine']);
  const told = {
    box: place(log),
    few: few.map(([element, mine]) => ({ ...place(element), mine })),
  };
  const main = place(document.querySelector('main'));
  const form = place(document.querySelector('form'));
  told.fills = Math.abs(main.bottom - form.bottom) < 2;
  for (let at = 0; at < 60; at += 1) add(`More ${at}`, at % 2 ? 'mine' : 'theirs');
  const after = place(document.querySelector('form'));
  told.scrolls = log.scrollHeight > log.clientHeight + 100
    && ['auto', 'scroll'].includes(getComputedStyle(log).overflowY)
    && Math.abs(main.bottom - after.bottom) < 2;
  told.clipped = log.clientHeight < 500;
  log.scrollTop = 0;
  log.scrollTop = -100000;
  told.reachesFirst = place(log.firstElementChild).top >= place(log).top - 1;
  return told;
})()
