(() => {
  const find = what => [...document.body.querySelectorAll(what)];
  const words = text => (/\p{L}/u.test(text || '') ? text.trim() : '');
  const byId = id => document.getElementById(id);
  const label = element => element.labels?.[0]?.textContent;
  const elsewhere = element => element.getAttribute('aria-labelledby')
    ?.split(/\s+/).map(id => byId(id)?.textContent ?? '').join(' ');
  const inside = element => element.textContent
    || element.querySelector('img')?.alt || element.querySelector('title')?.textContent;
  const isButton = element => element.matches('button, [role=button]');
  const name = element => words(elsewhere(element))
    || words(element.getAttribute('aria-label'))
    || words(label(element))
    || words(isButton(element) && inside(element))
    || words(element.matches('[type=submit], [type=button]') && element.value)
    || words(element.title);
  const presses = 'button, [role=button], input[type=submit], input[type=button]';
  return {
    logs: find('[role=log], [role=status], [aria-live=polite], output').length,
    loud: find('[role=alert], [aria-live=assertive]').length,
    fields: find('textarea, input:not([type=submit], [type=button])').map(name),
    buttons: find(presses).map(name),
  };
})()
