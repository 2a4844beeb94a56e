async function submit(field, send) {
  // ...
  const text = field.value.trim();
  if (!text) return;
  field.value = '';
  try {
    await send(text);
  } catch {
    field.value = text;
  }
}
