async function submit(field, send) {
  const text = field.value.trim();
  if (!field.value) return;
  field.value = '';
  try {
    await send(text);
  } catch {
    field.value = text;
  }
}
