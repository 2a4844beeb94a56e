(async () => {
  const first = bubble('Hello');
  if (!first?.tagName) return { kind: typeof first };
  document.body.append(first);
  const parts = element => element.querySelectorAll('*:not(br)').length;
  const usual = parts(first);
  const made = texts.map(text => {
    const element = bubble(text);
    document.body.append(element);
    const copy = element.cloneNode(true);
    copy.querySelectorAll('br').forEach(br => br.replaceWith('\n'));
    return { text: copy.textContent, built: parts(element) !== usual };
  });
  await new Promise(resolve => setTimeout(resolve, 100)); // for code that runs on its own
  return { kind: 'element', made, stolen: Boolean(window.stolen) };
})()
