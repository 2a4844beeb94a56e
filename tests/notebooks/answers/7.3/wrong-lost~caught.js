function submit(field, send) {
  const text = field.value.trim();
  if (!text) return;
  field.value = '';
  send(text).catch(() => {});
}
