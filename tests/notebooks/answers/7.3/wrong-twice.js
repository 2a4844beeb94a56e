async function submit(field, send) {
  const text = field.value.trim();
  if (!text) return;
  await send(text);
  field.value = '';
}
