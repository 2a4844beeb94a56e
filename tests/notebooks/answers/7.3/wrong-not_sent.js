async function submit(field, send) {
  const text = field.value.trim();
  field.value = '';
}
