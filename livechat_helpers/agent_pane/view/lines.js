// One line of a transcript. It's made once, and patched when it changes.

import { flag, h, linked, say } from "./dom.js";
import { clock, day, dayInWords, moment } from "./words.js";

const GROUP = 180_000; // ms within which one person's messages are grouped
const MARKS = { delivered: "Delivered", seen: "Seen" };

/** Make the element of a line. me: the name of the agent. */
export function makeLine(line, me) {
  const kind = line.what ?? "message";
  const mine = kind === "message" && line.who === "agent";
  const node = h(`.line.${kind}`);
  const parts = {
    day: h("p.day", { hidden: true }, h("time", { dateTime: line.at.slice(0, 10) }, dayInWords(line.at))),
    text: h(kind === "event" ? "p.happened" : "p.text", { dir: "auto" }),
    mark: h("span"),
  };
  const at = h("time", { dateTime: line.at, title: moment(line.at) }, clock(line.at));
  node.append(parts.day);
  if (kind === "message") {
    node.append(h(mine && line.name === me ? "p.from.spoken" : "p.from", {}, line.name));
  }
  node.append(parts.text, h("p.foot", {}, at, parts.mark));
  flag(node, "mine", mine);
  node.parts = parts;
  fillLine(node, line);
  return node;
}

/** Fill a line's element. */
export function fillLine(node, line) {
  const { parts } = node;
  if (parts.text.textContent !== line.text) parts.text.replaceChildren(...linked(line.text));
  if (line.what === "note") say(parts.mark, ` · Note by ${line.name}, not sent`);
  else if (!line.what && line.who === "agent") say(parts.mark, ` · ${MARKS[line.mark] ?? "Sent"}`);
}

/** Show how a line follows the one before it: on a new day, or from the same person. */
export function dressLine(line, before) {
  const isNewDay = !before || day(before.at) !== day(line.at);
  const isGrouped =
    !isNewDay &&
    !line.what &&
    !before.what &&
    before.name === line.name &&
    before.who === line.who &&
    new Date(line.at) - new Date(before.at) < GROUP;
  line.node.parts.day.hidden = !isNewDay;
  flag(line.node, "grouped", isGrouped);
  if (before) flag(before.node, "followed", isGrouped);
}
