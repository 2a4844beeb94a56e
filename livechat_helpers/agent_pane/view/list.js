// The list of chats. Each chat has one element while it's in view, and changes are
// patched into it. Rows out of view aren't drawn. The order doesn't change while the
// pointer is moving towards a row.

import { arrange, button, flag, h, mark, say } from "./dom.js";
import { clock, count, initials, minutesSince, waiting } from "./words.js";

const ROW = 3.9; // em
const HEADING = 2.2; // em
const MARGIN = 300; // px above and below the visible part that are also drawn
const CALM = 8000; // ms without movement after which the pointer counts as resting
const DONE = 800; // the same, after a click
const STILL = 6; // px that the pointer can move between press and release
const MINUTE = 20_000; // ms between two updates of the waiting times

export class List {
  #store;
  #chosen;
  #nodes = new Map(); // by key: the elements that are drawn
  #items = []; // {key, top, height, row | heading}
  #focus = null; // the number of the row that Tab focuses
  #isAimed = false; // the pointer is moving towards a row
  #pressed = null; // {c, x, y}: the row that is pressed, and where
  #frame = null;
  #calm = null;
  #timer;
  #sizer = h(".sizer");
  #empty = h("p.empty", { hidden: true });

  /** chosen: called with the number of the chat that was clicked. */
  constructor(store, chosen) {
    this.#store = store;
    this.#chosen = chosen;
    this.node = h(".list", {}, this.#sizer, this.#empty);
    const { node } = this;
    node.addEventListener("click", ({ target }) => this.#choose(chatOf(target)));
    node.addEventListener("keydown", (event) => this.#walk(event));
    node.addEventListener("focusin", ({ target }) => (this.#focus = chatOf(target) ?? this.#focus));
    node.addEventListener("scroll", () => this.#draw(), { passive: true });
    node.addEventListener("pointermove", () => this.#aim());
    node.addEventListener("pointerdown", (event) => this.#press(event));
    node.addEventListener("pointerleave", () => this.release());
    this.up = (event) => this.#lift(event);
    window.addEventListener("pointerup", this.up);
    window.addEventListener("pointercancel", this.up);
    this.sizes = new ResizeObserver(() => this.soon());
    this.sizes.observe(node);
    this.#timer = setInterval(() => this.soon(), MINUTE);
    for (const name of ["rows", "state"]) store.on(name, () => this.soon());
    store.on("open", () => this.soon());
  }

  end() {
    clearInterval(this.#timer);
    clearTimeout(this.#calm);
    this.sizes.disconnect();
    window.removeEventListener("pointerup", this.up);
    window.removeEventListener("pointercancel", this.up);
  }

  /** Draw with the next frame, once for everything that arrives before it. */
  soon() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#arrange();
      this.#draw();
    });
  }

  // The pointer

  #aim(calm = CALM) {
    this.#isAimed = true;
    clearTimeout(this.#calm);
    this.#calm = setTimeout(() => this.release(), calm);
  }

  /** The pointer is no longer moving towards a row. */
  release() {
    if (this.#pressed) return;
    clearTimeout(this.#calm);
    this.#isAimed = false;
    this.soon();
  }

  #press({ target, clientX: x, clientY: y }) {
    this.#pressed = { c: chatOf(target), x, y };
    this.#aim();
  }

  /** The page may scroll between press and release, for example because the notebook
   * shows the whole cell; then the browser reports no click. The row is chosen anyway. */
  #lift({ type, target, clientX, clientY }) {
    if (!this.#pressed) return;
    const { c, x, y } = this.#pressed;
    this.#pressed = null;
    const isStill = Math.hypot(clientX - x, clientY - y) < STILL;
    if (type === "pointerup" && isStill && chatOf(target) !== c) this.#choose(c);
  }

  #choose(c) {
    if (c === null) return;
    this.#focus = c;
    this.#aim(DONE);
    this.#chosen(c);
  }

  // The keys

  #walk(event) {
    const rows = this.#items.filter(({ row }) => row);
    const at = rows.findIndex(({ row }) => row.c === this.#focus);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined || event.altKey || !rows[to]) return;
    event.preventDefault();
    this.focus(rows[to]);
  }

  focus({ key, row, top, height }) {
    this.#focus = row.c;
    const { node } = this;
    if (top < node.scrollTop) node.scrollTop = top;
    const below = top + height - node.clientHeight;
    if (below > node.scrollTop) node.scrollTop = below;
    this.#draw();
    this.#nodes.get(key)?.focus({ preventScroll: true });
  }

  // The order

  #arrange() {
    const groups = this.#store.groups();
    const wanted = groups.flatMap(([name, rows]) => [
      { key: name, heading: `${name} ${rows.length}` },
      ...rows.map((row) => ({ key: `chat ${row.c}`, row })),
    ]);
    const items = this.#isAimed ? this.#asBefore(wanted) : wanted;
    const em = parseFloat(getComputedStyle(this.node).fontSize);
    let top = 0;
    for (const item of items) {
      Object.assign(item, { top, height: (item.row ? ROW : HEADING) * em });
      top += item.height;
    }
    this.#items = items;
    this.#sizer.style.height = `${Math.ceil(top)}px`;
    this.#empty.hidden = items.length > 0;
    const { filter } = this.#store;
    say(this.#empty, filter ? `No chats contain “${filter}”.` : "No visitors yet.");
  }

  /** Keep the items where they are. New rows go after them, and new headings come
   * later. */
  #asBefore(wanted) {
    const now = new Map(wanted.map((item) => [item.key, item]));
    const before = this.#items.flatMap(({ key }) => now.get(key) ?? []);
    const known = new Set(before);
    return [...before, ...wanted.filter((item) => item.row && !known.has(item))];
  }

  // Drawing

  #draw() {
    const { scrollTop, clientHeight } = this.node;
    const rows = this.#items.filter(({ row }) => row);
    if (!rows.some(({ row }) => row.c === this.#focus)) {
      this.#focus = (rows.find(({ row }) => row.c === this.#store.open) ?? rows[0])?.row.c ?? null;
    }
    const inSight = this.#items.filter(
      ({ row, top, height }) =>
        (top + height > scrollTop - MARGIN && top < scrollTop + clientHeight + MARGIN) ||
        (row && row.c === this.#focus),
    );
    const drawn = new Map(inSight.map((item) => [item.key, this.#patch(item)]));
    for (const [key, node] of this.#nodes) if (!drawn.has(key)) node.remove();
    this.#nodes = drawn;
    arrange(this.#sizer, [...drawn.values()]);
  }

  #patch(item) {
    const { key, row, heading, top } = item;
    const node = this.#nodes.get(key) ?? (row ? makeRow(row) : h("h3.heading"));
    const place = `translateY(${Math.round(top)}px)`;
    if (node.style.transform !== place) node.style.transform = place;
    if (row) this.#patchRow(node, row);
    else say(node, heading);
    return node;
  }

  #patchRow(node, row) {
    const { parts } = node;
    const isLate = row.since && minutesSince(row.since) >= this.#store.waitLimit;
    say(parts.face, initials(row.name));
    say(parts.name, row.name);
    say(parts.when, row.since ? waiting(row.since) : row.at ? clock(row.at) : "");
    mark(parts.when, "title", row.since ? `Waiting for an answer since ${clock(row.since)}` : null);
    flag(parts.when, "waits", Boolean(row.since));
    flag(parts.when, "late", Boolean(isLate));
    const last = `${row.who === "agent" ? "You: " : ""}${row.last || "No message yet"}`;
    say(parts.last, row.typing ? "is typing…" : last);
    parts.unread.hidden = !row.unread;
    say(parts.number, String(row.unread || ""));
    const tag = { colleague: row.owner, queue: "Queue" }[row.state] ?? "";
    const labels = [row.urgent ? "Urgent" : "", ...(row.labels ?? []), row.unread ? "" : tag];
    say(parts.tag, labels.filter(Boolean).join(" · "));
    parts.tag.hidden = !parts.tag.textContent;
    flag(node, "urgent", Boolean(row.urgent));
    flag(node, "is-typing", row.typing);
    mark(node, "aria-current", String(row.c === this.#store.open));
    mark(node, "tabindex", row.c === this.#focus ? "0" : "-1");
  }
}

/** The number of the chat whose row a node is in, or null. */
function chatOf(node) {
  const c = node.closest?.("[data-chat]")?.dataset.chat;
  return c === undefined ? null : Number(c);
}

function makeRow(row) {
  const number = h("span");
  const parts = {
    face: h("span.face", { "aria-hidden": "true" }),
    name: h("span.name"),
    when: h("span.when"),
    last: h("span.last"),
    tag: h("span.tag", { hidden: true }),
    number,
    unread: h("span.unread", { hidden: true }, number, h("span.spoken", {}, " unread")),
  };
  const { face, name, when, last, tag, unread } = parts;
  const node = button(".row", "", null, {});
  node.dataset.chat = row.c;
  node.append(face, name, when, last, h("span.badges", {}, tag, unread));
  node.parts = parts;
  return node;
}

/** The list's header: the agent, the state of the connection, and a filter. */
export class Desk {
  #store;
  #filter = h("input.filter", { type: "search", placeholder: "Filter chats", "aria-label": "Filter chats" });
  #status = h("p.state", { role: "status" });
  #detail = h("p.detail");

  /** more: the menu for the whole desk. */
  constructor(store, more) {
    this.#store = store;
    this.node = h(
      ".desk",
      {},
      h("h2.me", {}, store.agent),
      more,
      this.#status,
      this.#detail,
      this.#filter,
    );
    this.#filter.addEventListener("input", () => store.setFilter(this.#filter.value));
  }

  /** Show the state of the connection, and return it. */
  draw() {
    const words = {
      connecting: "Connecting…",
      online: "Online",
      reconnecting: "Reconnecting…",
      offline: "Offline",
      ended: "Ended",
    };
    const { link } = this.#store;
    let { state, detail } = this.#store.state;
    let say_ = words[state];
    if (state === "ended") detail ||= "This pane is closed. Run the cell again.";
    const kept = this.#store.unsent.size;
    const waits = kept ? ` ${count(kept, "unsent message")} ${kept === 1 ? "is" : "are"} waiting here.` : "";
    if (link.isGone) {
      [state, say_] = ["ended", "Ended"];
      detail = `The kernel was restarted or shut down. Run the cell again. What you wrote is saved.${waits}`;
    } else if (link.isLost) {
      [state, say_] = ["offline", "Waiting"];
      detail = `The kernel doesn't answer: it's busy, or it has ended. What you write is saved. If the kernel has ended, start it and run the cell again.${waits}`;
    }
    say(this.#status, say_);
    say(this.#detail, state === "online" ? "" : detail);
    return state;
  }
}
