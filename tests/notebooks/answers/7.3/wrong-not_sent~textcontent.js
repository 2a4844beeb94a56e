async function submit(field, send) {
  const text = field.textContent.trim();
  if (!text) return;
  field.textContent = '';
  try {
    await send(text);
  } catch {
    field.textContent = text;
  }
}
