async function submit(field, send) {
  const text = field.value.trim();
  if (!text) return;
  try {
    await send(text);
    field.value = '';
  } catch {}
}
