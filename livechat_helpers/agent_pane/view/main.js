// The view of the agent's pane: the list of chats, one transcript, and a field for
// answers.
//
// The kernel has the chats. `store.js` has what the kernel says about them and what the
// agent writes, and the other modules draw that. `bundle.py` combines all of them into
// one script.

import { Alerts } from "./alerts.js";
import { beside } from "./beside.js";
import { Composer } from "./composer.js";
import { button, focused, h, mark, menu, say } from "./dom.js";
import { Head } from "./head.js";
import { Keep } from "./keep.js";
import { Desk, List } from "./list.js";
import { Log } from "./log.js";
import { Closing, Labels, Search } from "./panels.js";
import { Store } from "./store.js";
import { Tail } from "./tail.js";

const LEASE = 25_000; // ms between two reports that a chat is being read
const STILLS = [0, 500, 2000]; // ms after which to hide a copy of the chats below us

export default {
  render({ model, el }) {
    const pane = new Pane(model, el);
    return () => pane.remove();
  },
};

class Pane {
  #store;
  #el;
  #reading = null; // the number of the chat that we reported as being read
  #isUsed = false; // whether the last click or focus was in the pane
  #dismissed = 0; // how many problems the agent has dismissed
  #stills = new Set();
  #timers = [];
  #cleanups = [];

  constructor(model, el) {
    this.#el = el;
    const keep = new Keep(model.get("home"));
    const store = (this.#store = new Store(model, keep));
    this.alerts = new Alerts(store, keep);
    this.list = new List(store, (c) => {
      store.choose(c);
      this.composer.input.focus();
    });
    this.tail = new Tail(store);
    this.log = new Log(store, this.tail.node, () => this.#tellReading());
    this.composer = new Composer(store, () => {
      this.log.toEnd();
      this.composer.input.focus();
    });
    this.panels = {
      search: new Search(store, (c, i) => this.#jump(c, i), () => this.composer.input.focus()),
      closing: new Closing(store, () => this.composer.input.focus()),
      labels: new Labels(store, () => this.composer.input.focus()),
    };
    this.head = new Head(store, this.panels, (panel) => this.#toggle(panel));
    this.#build(model.get("page"));
    this.#listen();
    this.#opened();
    this.#drawState();
    store.hello();
  }

  remove() {
    this.#tellReading(false);
    this.#store.link.end();
    this.alerts.end();
    this.list.end();
    this.log.sizes.disconnect();
    this.#cleanups.forEach((clean) => clean());
    this.#timers.forEach(clearInterval);
    for (const still of this.#stills) still.hidden = false;
  }

  #build(page) {
    const store = this.#store;
    const more = menu("⋯", "More actions for this desk", () => [
      ...this.alerts.items(),
      ["Close all chats in the list…", () => this.#closeAll()],
    ], { "aria-label": "More actions for this desk" });
    this.desk = new Desk(store, more);
    this.alert = h(".alert", { role: "alert", hidden: true });
    this.typing = h("p.typing", { hidden: true });
    const nav = h("nav.nav", { "aria-label": "Visitors" }, this.desk.node, this.list.node);
    const panels = Object.values(this.panels).map(({ node }) => node);
    const main = h(
      ".main",
      {},
      this.head.node,
      this.alert,
      ...panels,
      this.log.frame,
      this.typing,
      this.head.bar,
      this.composer.node,
    );
    // A click that focuses nothing else in the pane focuses the pane itself. That way,
    // the next key goes to the pane, and doesn't edit the notebook.
    this.node = h("section.pane", { "aria-label": `Support desk of ${store.agent}`, tabIndex: -1 }, nav, main);
    this.node.classList.add("livechat-pane");
    const frame = h(".frame", {}, this.node);
    this.#el.classList.add("livechat-host");
    this.#el.append(page ? h(".around", {}, h(".beside", {}, beside(page), frame)) : frame);
  }

  #listen() {
    const store = this.#store;
    store.on("state", () => this.#drawState());
    store.on("failed", (why) => this.#complain(why));
    store.on("open", (isByItself) => this.#opened(isByItself));
    store.on("row", () => {
      this.log.catchUp(store.row.total);
      this.#drawTyping();
      this.#tellReading();
    });
    store.on("line", () => this.#drawTyping());
    for (const name of ["tail", "line"]) store.on(name, () => this.#drawTail());
    this.node.addEventListener("keydown", (event) => this.#key(event));
    for (const name of ["keypress", "keyup"]) {
      this.node.addEventListener(name, (event) => event.stopPropagation());
    }
    // JupyterLab checks this before the key reaches us.
    this.#on(window, "keydown", (event) => {
      this.#takeBack(event);
      if (this.#isIn(event)) {
        mark(this.node, "data-lm-suppress-shortcuts", isSave(event) ? null : "true");
      }
    }, true);
    for (const name of ["focusin", "pointerdown"]) {
      this.#on(window, name, (event) => (this.#isUsed = this.#isIn(event)), true);
    }
    for (const name of ["focusin", "focusout"]) {
      this.node.addEventListener(name, () => setTimeout(() => this.#tellReading()));
    }
    this.#on(document, "visibilitychange", () => {
      if (!document.hidden) store.hello(); // a hidden page gets events late, or not at all
      this.#tellReading();
    });
    this.#on(window, "pagehide", () => this.#tellReading(false));
    this.#timers.push(setInterval(() => this.#tellReading(undefined, true), LEASE));
    for (const wait of STILLS) setTimeout(() => this.#hideStill(), wait);
  }

  #isIn(event) {
    return event.composedPath().includes(this.node);
  }

  #on(target, name, listener, options) {
    target.addEventListener(name, listener, options);
    this.#cleanups.push(() => target.removeEventListener(name, listener, options));
  }

  /** Hide the copy of the chats below the pane, which nobody needs while the pane
   * works. */
  #hideStill() {
    if (!this.#el.isConnected) return;
    const below = [...document.querySelectorAll(".livechat-still")].find(
      (still) => this.#el.compareDocumentPosition(still) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    if (!below || below.hidden) return;
    below.hidden = true;
    this.#stills.add(below);
  }

  // What the agent does

  /** Handle a key pressed after the focused element was disabled or removed. Otherwise,
   * the page takes it as one of its own shortcuts. */
  #takeBack(event) {
    if (!this.#isUsed || event.target !== document.body || isSave(event)) return;
    event.stopImmediatePropagation();
    this.node.focus({ preventScroll: true });
  }

  #key(event) {
    if (isSave(event)) return; // that's for the notebook
    if (event.altKey && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      this.#step(event.key === "ArrowDown" ? 1 : -1);
    }
    if (!event.target.closest(".lcp-list")) this.list.release();
    event.stopPropagation();
  }

  #step(by) {
    const rows = this.#store.inOrder();
    const at = rows.findIndex(({ c }) => c === this.#store.open);
    const next = rows[at + by];
    if (next) this.#store.choose(next.c);
  }

  #toggle(panel) {
    const isOpening = !panel.isOpen;
    for (const one of Object.values(this.panels)) one.hide();
    if (isOpening) panel.open();
    else panel.close();
  }

  #closeAll() {
    const open = this.#store.inOrder().filter(({ state }) => state === "yours" || state === "queue");
    for (const one of Object.values(this.panels)) one.hide();
    if (open.length) this.panels.closing.open(open.map(({ c }) => c));
  }

  #jump(c, i) {
    this.#store.choose(c);
    this.log.jump(i);
  }

  /** Tell the kernel which chat is being read, so that new messages count as seen. */
  #tellReading(isReading, again = false) {
    const { row, open, link, rows } = this.#store;
    const reads =
      isReading ??
      (!document.hidden && this.node.contains(focused(this.node)) && this.log.isAtEnd && row?.state === "yours");
    const now = reads ? open : null;
    if (now === this.#reading && !(again && reads)) return;
    if (this.#reading !== null && now !== this.#reading && rows.has(this.#reading)) {
      link.ask("reading", { c: this.#reading, on: false });
    }
    if (now !== null) link.ask("reading", { c: now, on: true });
    this.#reading = now;
  }

  // Drawing

  /** isByItself: the agent didn't open it, so what they're typing isn't meant for this
   * chat. */
  #opened(isByItself) {
    const { row, rows } = this.#store;
    if (isByItself && focused(this.node) === this.composer.input) this.node.focus({ preventScroll: true });
    this.#tellReading(false);
    for (const panel of Object.values(this.panels)) {
      if (panel !== this.panels.search || !panel.everywhere.checked) panel.hide();
    }
    if (row) this.log.open(row.c, row.total);
    else if (rows.size) this.log.close(h("p", {}, "This chat was deleted."), h("p", {}, "Choose another one."));
    else this.log.close(h("p", {}, "No visitors yet."), h("p", {}, "Open the customer page and say hello."));
    this.composer.load();
    this.head.draw();
    this.#drawTail();
    this.#drawTyping();
    this.#tellReading();
  }

  #drawState() {
    this.node.dataset.state = this.desk.draw();
    const { problem, problems } = this.#store.state;
    if (problem && problems > this.#dismissed) {
      this.#complain(problem);
      this.#dismissed = problems;
    }
  }

  #complain(why) {
    this.alert.hidden = false;
    this.alert.replaceChildren(
      h("span", {}, why),
      button(".plain", "Dismiss", () => (this.alert.hidden = true)),
    );
  }

  #drawTail() {
    this.tail.draw();
    this.log.follow();
  }

  #drawTyping() {
    const { row } = this.#store;
    this.typing.hidden = !row?.typing;
    if (row?.typing) {
      this.typing.replaceChildren(`${row.name} is typing`, h("span.dots", { "aria-hidden": "true" }));
    } else say(this.typing, "");
  }
}

const isSave = (event) => (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "s";
