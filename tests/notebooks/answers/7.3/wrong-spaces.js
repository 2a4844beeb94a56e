async function submit(field, send) {
  const text = field.value;
  if (!text.trim()) return;
  field.value = '';
  await send(text);
}
