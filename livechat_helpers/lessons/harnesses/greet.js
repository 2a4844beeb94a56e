(async () => {
  const makeLog = () => document.body.appendChild(document.createElement('div'));
  const log = makeLog();
  await greet(log);
  const empty = log.childElementCount;
  const child = log.firstElementChild;
  const side = ['mine', 'theirs'].find(one => child?.classList.contains(one)) ?? null;
  const text = child?.textContent ?? '';
  await greet(log);
  const old = makeLog();
  appendMessage(old, 'Where is my lamp?', 'mine');
  await greet(old);
  return { empty, twice: log.childElementCount, later: old.childElementCount, side, text };
})()
