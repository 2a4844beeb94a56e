function submit(field, send) {
  const text = field.value.trim();
  if (text === '') return Promise.resolve();
  field.value = '';
  return send(text).catch(() => {
    field.value = text;
  });
}
