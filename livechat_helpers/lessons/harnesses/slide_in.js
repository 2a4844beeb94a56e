(async () => {
  const aside = document.getElementById('chatWindow');
  const field = aside.querySelector('textarea');
  const place = () => {
    const { left, right, top, height } = aside.getBoundingClientRect();
    return { left, right, top, height };
  };
  const finish = () => document.getAnimations().forEach(each => each.finish());
  const canFocus = () => {
    field.blur();
    field.focus();
    return document.activeElement === field;
  };
  finish();
  const position = getComputedStyle(aside).position;
  const closed = place();
  const closedBy = getComputedStyle(aside).transform;
  const focusable = canFocus();
  scrollTo(0, 0);
  aside.classList.add('active');
  const openedBy = getComputedStyle(aside).transform;
  const opening = aside.getAnimations();
  const slides = opening.some(each => each.transitionProperty === 'transform');
  finish();
  const opened = place();
  const endsBy = getComputedStyle(aside).transform;
  const usable = canFocus();
  scrollTo(0, 500);
  const scrolled = place();
  aside.classList.remove('active');
  const moves = [...opening, ...aside.getAnimations()];
  const lasts = Math.max(0, ...moves.map(each => each.effect.getComputedTiming().endTime));
  return {
    lasts,
    position, closed, opened, scrolled, slides, focusable, usable,
    byTransform: closedBy !== endsBy && closedBy !== 'none',
    width: document.documentElement.clientWidth,
    height: innerHeight,
  };
})()
