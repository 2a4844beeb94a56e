let last;
async function submit(field, send) {
  const text = field.value.trim();
  if (!text || text === last) return;
  last = text;
  await send(text);
}
