(async () => {
  const log = document.createElement('div');
  log.style = 'height: 100px; overflow: auto';
  document.body.append(log);
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 2;
  const settled = async () => {
    for (let wait = 0; wait < 8 && !atEnd(); wait += 1) {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  };
  const made = [];
  for (const [at, text] of texts.entries()) {
    made.push(await appendMessage(log, text, at % 2 ? 'mine' : 'theirs'));
  }
  await settled();
  const followed = atEnd();
  const children = [...log.children];
  const told = {
    count: children.length,
    returned: children.every((each, at) => each === made[at]),
    classes: children.map(each => [...each.classList]),
    built: children.some(each => each.querySelector('img, svg, b')),
  };
  told.texts = children.map(each => {
    const copy = each.cloneNode(true);
    copy.querySelectorAll('br').forEach(br => br.replaceWith('\n'));
    return copy.textContent;
  });
  log.scrollTop = 0;
  appendMessage(log, 'One more', 'theirs');
  await new Promise(resolve => setTimeout(resolve, 100));
  return { ...told, followed, pulled: log.scrollTop > 0, stolen: Boolean(window.stolen) };
})()
