// The panels between a chat's header and its transcript: search, closing, labels.

import { button, focused, h, marked, say } from "./dom.js";
import { clock, count, dayInWords } from "./words.js";

const PAUSE = 150; // ms between a keystroke and the search

/** A panel that a button opens and Escape closes. */
class Panel {
  /** closed: called after it has been closed. */
  constructor(tag, props, closed) {
    this.closed = closed;
    this.node = h(tag, { hidden: true, ...props });
    this.node.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  get isOpen() {
    return !this.node.hidden;
  }

  open() {
    this.node.hidden = false;
    this.node.querySelector("input").select();
  }

  hide() {
    this.node.hidden = true;
  }

  close() {
    this.hide();
    this.closed();
  }
}

export class Search extends Panel {
  #store;
  #jump;
  #timer;

  /** jump: called with a chat and the index of a line in it. */
  constructor(store, jump, closed) {
    super("form.panel", { role: "search" }, closed);
    this.#store = store;
    this.#jump = jump;
    this.input = h("input", { type: "search", "aria-label": "Search this conversation", placeholder: "Search this conversation" });
    this.everywhere = h("input", { type: "checkbox" });
    this.hits = h("span.hits", { role: "status" });
    this.found = h("ul.found");
    const all = h("label.check", {}, this.everywhere, "All chats");
    this.node.append(this.input, all, this.hits, button(".plain", "Done", () => this.close()), this.found);
    this.input.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#seek(), PAUSE);
    });
    this.everywhere.addEventListener("change", () => this.#seek());
    this.node.addEventListener("keydown", (event) => this.#walk(event));
  }

  open() {
    super.open();
    this.#seek();
  }

  submit() {
    this.found.querySelector("button")?.focus();
  }

  #walk(event) {
    const hits = [...this.found.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !hits.length) return;
    event.preventDefault();
    (hits[hits.indexOf(focused(this.node)) + step] ?? this.input).focus();
  }

  #seek() {
    const text = this.input.value.trim();
    if (!text) return this.#show({ hits: [], total: null, text });
    const where = this.everywhere.checked ? {} : { c: this.#store.open };
    this.#store.link.ask("search", { text, ...where }, (answer) => {
      if (answer.kind === "found" && text === this.input.value.trim()) this.#show(answer);
    });
  }

  #show({ hits, total, text }) {
    say(this.hits, total === null ? "" : count(total, "match", "matches"));
    this.found.replaceChildren(...hits.toReversed().map((hit) => this.#drawn(hit, text)));
  }

  #drawn({ c, i, name, what, text, at }, words) {
    const who = name ?? (what === "note" ? "Note" : "");
    const where = this.everywhere.checked ? ` in the chat with ${this.#store.rows.get(c)?.name}` : "";
    const parts = [
      h("b", {}, who + where),
      h("time", { dateTime: at }, `${dayInWords(at)}, ${clock(at)}`),
      h("span.snippet", {}, ...marked(text, words)),
    ];
    return h("li", {}, h("button", { type: "button", onclick: () => this.#jump(c, i) }, ...parts));
  }
}

export class Closing extends Panel {
  #store;
  #chats = [];

  constructor(store, closed) {
    super("form.panel", { "aria-label": "Close chat" }, closed);
    this.#store = store;
    const words = "Reason, shown to the visitor";
    this.reason = h("input", { maxLength: 200, "aria-label": words, placeholder: words });
    this.confirm = h("button.primary", { type: "submit" });
    this.node.append(this.reason, this.confirm, button(".plain", "Cancel", () => this.close()));
  }

  /** chats: the numbers of the chats to close; the open one by default. */
  open(chats = [this.#store.open]) {
    this.#chats = chats;
    say(this.confirm, chats.length === 1 ? "Close chat" : `Close ${chats.length} chats`);
    super.open();
  }

  submit() {
    for (const c of this.#chats) this.#store.link.ask("close", { c, reason: this.reason.value });
    this.reason.value = "";
    this.close();
  }
}

export class Labels extends Panel {
  #store;

  constructor(store, closed) {
    super("form.panel", { "aria-label": "Labels" }, closed);
    this.#store = store;
    const words = "Labels, separated by commas";
    this.input = h("input", { maxLength: 200, "aria-label": words, placeholder: words });
    this.urgent = h("input", { type: "checkbox" });
    this.node.append(
      this.input,
      h("label.check", {}, this.urgent, "Urgent"),
      h("button.primary", { type: "submit" }, "Save"),
      button(".plain", "Cancel", () => this.close()),
    );
  }

  open() {
    this.input.value = this.#store.row.labels.join(", ");
    this.urgent.checked = this.#store.row.urgent;
    super.open();
  }

  submit() {
    const labels = this.input.value.split(",").map((one) => one.trim()).filter(Boolean);
    this.#store.link.ask("sort", { c: this.#store.open, labels, urgent: this.urgent.checked });
    this.close();
  }
}
