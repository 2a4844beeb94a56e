// Shows part of one transcript: it draws a few hundred lines, and asks for the others
// as the agent scrolls. The line that the agent is reading stays in place when lines
// above or below it are added or removed.

import { button, h } from "./dom.js";
import { dressLine, fillLine, makeLine } from "./lines.js";

const PAGE = 60; // lines to ask for at a time
const KEEP = 150; // the number of lines drawn while the newest is in view
const MOST = 300; // the maximum number of lines drawn
const NEAR = 600; // distance in px from either end at which to ask for more lines
const DOWN = 60; // px from the end that still count as being there
const TELLS_END = "onscrollend" in window;
const REST = TELLS_END ? 1000 : 300; // ms after which scrolling must have stopped
const STILL_FOR = 150; // ms after the browser says that scrolling has ended

export class Log {
  chat = null; // the number of the chat
  #lines = []; // {…line, node}
  #start = 0; // the index of the first of them
  #total = 0;
  #asked = 0; // the number of the current request, or 0
  #requests = 0;
  #isDown = true; // scrolled to the end of what's drawn; stored, because measuring is slow
  #top = 0;
  #above = null; // lines that have arrived, to insert above the others
  #isMoving = false; // whether it's scrolling right now
  #rest; // the timer that resets it
  #frame = null;
  #target = null; // the index of the line to show when it arrives
  #store;
  #moved;
  #box = h(".lines");
  #tail;
  #spoken = h(".spoken", { "aria-live": "polite" });
  #more = button(".pill", "Newest messages ↓", () => this.toEnd());

  /** tail: shown below the lines. moved: called when a different part of the transcript
   * may be in view. */
  constructor(store, tail, moved) {
    this.#store = store;
    this.#tail = tail;
    this.#moved = moved;
    // A screen reader reads each message once, from `#spoken`.
    this.node = h(
      ".log",
      { role: "log", tabIndex: 0, "aria-label": "Conversation", "aria-live": "off" },
      this.#box,
      this.#tail,
    );
    this.#more.hidden = true;
    this.frame = h(".log-frame", {}, this.node, this.#more, this.#spoken);
    this.node.addEventListener("scroll", () => (this.#moves(REST), this.#scrolled()), { passive: true });
    this.node.addEventListener("scrollend", () => this.#moves(STILL_FOR));
    // A panel or a long answer takes up space, but mustn't hide the newest line.
    this.sizes = new ResizeObserver(() => {
      if (this.#isDown) this.node.scrollTop = this.node.scrollHeight;
    });
    this.sizes.observe(this.node);
    store.on("line", (line) => this.line(line));
  }

  get #end() {
    return this.#start + this.#lines.length;
  }

  get #isLive() {
    return this.#end >= this.#total;
  }

  get isAtEnd() {
    return this.#isDown && this.#isLive;
  }

  open(chat, total) {
    this.chat = chat;
    this.#clear();
    this.#total = total;
    this.#target = null;
    this.#more.hidden = true;
    this.#spoken.replaceChildren();
    if (total) this.#ask(total - PAGE, total);
  }

  close(...words) {
    this.chat = null;
    this.#clear();
    this.#box.replaceChildren(h(".empty", {}, ...words));
  }

  /** Extend the range of lines to a new length. */
  catchUp(total) {
    const [wasLive, wasAtEnd] = [this.#isLive, this.isAtEnd];
    this.#total = Math.max(total, this.#total);
    if (!this.#lines.length) this.#ask(this.#total - PAGE, this.#total);
    else if (wasLive && !this.#isLive && wasAtEnd) this.#ask(this.#end, this.#total);
    else this.#look();
  }

  jump(index) {
    this.#target = index;
    if (index >= this.#start && index < this.#end) this.#showTarget();
    else this.#ask(index - PAGE / 2, index + PAGE / 2);
  }

  toEnd() {
    if (this.#isLive) this.node.scrollTop = this.node.scrollHeight;
    else this.open(this.chat, this.#total);
  }

  #ask(start, end) {
    const asked = (this.#asked = ++this.#requests);
    const { chat } = this;
    this.#store.link.ask("range", { c: chat, start: Math.max(0, start), end }, (answer) => {
      if (asked !== this.#asked || chat !== this.chat) return;
      this.#asked = 0;
      if (answer.kind === "range") this.#take(answer);
    });
  }

  #clear() {
    this.#isDown = false;
    this.#lines = [];
    this.#start = 0;
    this.#asked = 0;
    this.#above = null;
    this.#box.replaceChildren();
  }

  /** Receive the requested lines. */
  #take({ start, lines, total }) {
    this.#total = Math.max(this.#total, total);
    const wasAtEnd = this.#isDown && this.#lines.length > 0;
    const end = start + lines.length;
    if (this.#lines.length && start < this.#start && end >= this.#start) {
      this.#above = { start, lines: lines.slice(0, this.#start - start) };
      this.#placeAbove();
    } else if (this.#lines.length && start <= this.#end && end > this.#end) {
      lines.slice(this.#end - start).forEach((line) => this.#append(line));
      if (wasAtEnd && this.#isLive) this.node.scrollTop = this.node.scrollHeight;
    } else if (!this.#lines.length || end < this.#start || start > this.#end) {
      this.#clear();
      this.#start = start;
      lines.forEach((line) => this.#append(line));
      this.node.scrollTop = this.node.scrollHeight;
    }
    if (this.#target !== null) this.#showTarget();
    this.#look();
    requestAnimationFrame(() => this.#scrolled()); // there may be room for more
  }

  /** Insert the lines that have arrived above the others. Do it only when nothing is
   * scrolling, or at the top, where the wheel can't scroll any further. */
  #placeAbove() {
    if (!this.#above || (this.#isMoving && this.node.scrollTop > 0)) return;
    const { start, lines } = this.#above;
    this.#above = null;
    if (start + lines.length !== this.#start) return; // different lines are drawn by now
    this.#keepPlace(() => this.#prepend(lines));
  }

  /** Nothing is scrolling, so lines above the visible ones can be added or removed. */
  #rested() {
    this.#isMoving = false;
    this.#placeAbove();
    if (this.#lines.length > MOST) this.#keepPlace(() => this.#trimStart(MOST));
    this.#askMore();
  }

  #moves(wait) {
    this.#isMoving = true;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#rested(), wait);
  }

  /** Change what's drawn, and keep the top visible line in place. Don't call this
   * during scrolling: a turn of the wheel ends at the position it was aiming for before
   * the lines moved. */
  #keepPlace(change) {
    const { node } = this;
    const { scrollTop } = node;
    const anchor = this.#lines.find((one) => one.node.offsetTop + one.node.offsetHeight > scrollTop);
    const before = anchor.node.offsetTop;
    change();
    node.scrollTop = scrollTop + anchor.node.offsetTop - before;
  }

  /** Receive a new line, or one that has changed. */
  line({ i, ...line }) {
    const isNew = i >= this.#total;
    const wasAtEnd = this.isAtEnd;
    if (isNew) this.#total = i + 1;
    if (i >= this.#start && i < this.#end) {
      const known = this.#lines[i - this.#start];
      Object.assign(known, line);
      fillLine(known.node, known);
    } else if (i === this.#end && (wasAtEnd || this.#lines.length < MOST)) {
      this.#append(line);
      if (wasAtEnd) this.#trimStart(KEEP);
      if (line.who === "visitor") this.#speak(line);
    } else if (i > this.#end && wasAtEnd && !this.#asked) {
      this.#ask(this.#end, this.#total); // some lines were lost on the way
    }
    this.follow();
  }

  #speak(line) {
    this.#spoken.append(h("p", {}, `${line.name}: ${line.text}`));
    while (this.#spoken.childElementCount > 3) this.#spoken.firstChild.remove();
  }

  #made(line) {
    return { ...line, node: makeLine(line, this.#store.agent) };
  }

  #append(line) {
    const made = this.#made(line);
    dressLine(made, this.#lines.at(-1));
    this.#lines.push(made);
    this.#box.append(made.node);
  }

  #prepend(lines) {
    const made = lines.map((line) => this.#made(line));
    this.#lines.unshift(...made);
    this.#start -= made.length;
    for (let at = 0; at <= made.length && at < this.#lines.length; at++) {
      dressLine(this.#lines[at], this.#lines[at - 1]);
    }
    this.#box.prepend(...made.map(({ node }) => node));
    while (this.#lines.length > MOST) this.#lines.pop().node.remove();
  }

  #trimStart(most) {
    while (this.#lines.length > most) {
      this.#lines.shift().node.remove();
      this.#start += 1;
    }
  }

  #scrolled() {
    this.#look();
    this.#placeAbove();
    this.#askMore();
  }

  /** Ask for more lines if an end is near. */
  #askMore() {
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    if (this.#asked || this.chat === null || !this.#lines.length) return;
    if (scrollTop < NEAR && this.#start > 0 && !this.#above) this.#ask(this.#start - PAGE, this.#start);
    else if (scrollHeight - scrollTop - clientHeight < NEAR && !this.#isLive) {
      this.#ask(this.#end, this.#end + PAGE);
    }
  }

  /** If the view is at the end, keep it there when the next frame is drawn. */
  follow() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      if (this.isAtEnd) this.node.scrollTop = this.node.scrollHeight;
      this.#look();
    });
  }

  /** Find out where the transcript is scrolled to. */
  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    // Lines that have arrived since the last frame don't count, because nobody scrolled
    // up.
    const hasStayed = this.#isDown && scrollTop >= this.#top;
    this.#isDown = hasStayed || scrollHeight - scrollTop - clientHeight < DOWN;
    this.#top = scrollTop;
    this.#more.hidden = this.chat === null || this.isAtEnd;
    this.#moved();
  }

  #showTarget() {
    const { node } = this.#lines[this.#target - this.#start] ?? {};
    if (!node) return;
    this.#target = null;
    this.#isDown = false;
    const log = this.node;
    log.scrollTop = node.offsetTop - (log.clientHeight - node.offsetHeight) / 2;
    node.classList.add("lcp-found-line");
    setTimeout(() => node.classList.remove("lcp-found-line"), 2000);
  }
}
