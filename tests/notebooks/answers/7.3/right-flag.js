async function submit(field, send) {
  const text = field.value.trim();
  if (text.length === 0) return;
  field.value = '';
  let gone = false;
  try {
    await send(text);
    gone = true;
  } catch (error) {
    console.log(error.message);
  }
  if (!gone) field.value = text;
}
