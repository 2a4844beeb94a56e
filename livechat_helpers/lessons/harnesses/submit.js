(async () => {
  const sent = [];
  const works = async text => { sent.push(text); };
  const fails = async () => { throw new Error('no network'); };
  const field = document.body.appendChild(document.createElement(tag));
  field.value = ' Hello ';
  await Promise.all([submit(field, works), submit(field, works)]);
  const after = field.value;
  for (const nothing of ['', '   ', '\t']) {
    field.value = nothing;
    await submit(field, works);
  }
  field.value = '\tTwo  words ';
  await submit(field, works);
  const again = [];
  field.value = 'Important';
  let raised = false;
  try { await submit(field, fails); } catch { raised = true; }
  const kept = field.value;
  await submit(field, async text => { again.push(text); });
  return { sent, after, kept, raised, again };
})()
