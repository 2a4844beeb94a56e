// Times and names as people write them.

const CLOCK = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const MOMENT = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium" });

export const clock = (at) => CLOCK.format(new Date(at));

export const moment = (at) => MOMENT.format(new Date(at));

export const day = (at) => new Date(at).toDateString();

export function dayInWords(at) {
  const date = new Date(at);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - date.setHours(0, 0, 0, 0)) / 864e5);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long", year });
}

export const minutesSince = (at) => Math.floor((Date.now() - new Date(at)) / 60_000);

export function waiting(since) {
  const minutes = minutesSince(since);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

export const initials = (name) =>
  name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("");

export const capital = (name) => name[0].toUpperCase() + name.slice(1);

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

/** Compare texts. This also puts ISO 8601 times in order. */
export const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
