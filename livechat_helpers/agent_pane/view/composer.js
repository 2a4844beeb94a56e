// Where the agent writes a reply or a note. Only the agent switches between the two, and
// each has a separate draft.

import { button, flag, h, mark, menu, say } from "./dom.js";

const TYPING = 1500; // ms between two typing signals

export class Composer {
  #store;
  #sent;
  #typed = 0; // when the visitor was last told that the agent is typing
  #at = 0; // the position of the canned reply chosen in the list
  #found = []; // the canned replies in the list

  /** sent: called when something has been sent. */
  constructor(store, sent) {
    this.#store = store;
    this.#sent = sent;
    this.input = h("textarea.input", { rows: 1 });
    this.sendButton = h("button.primary", { type: "submit" });
    this.picks = h(".menu.picks", { role: "listbox", hidden: true, "aria-label": "Saved replies" });
    this.modes = [["Reply", false], ["Note", true]].map(([words, isNote]) =>
      button(".mode", words, () => {
        store.setMode(isNote);
        this.input.focus();
      }),
    );
    const canned = menu("Replies", "Saved replies", () =>
      store.canned.map((one) => [this.#filled(one), () => this.#insert(one)]),
    );
    const modes = h(".modes", { role: "group", "aria-label": "What to write" }, ...this.modes);
    this.hint = h("span.hint");
    this.node = h(
      "form.composer",
      {},
      this.picks,
      this.input,
      h(".tools", {}, modes, canned, this.hint, this.sendButton),
    );
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.input.addEventListener("input", () => this.#type());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => (this.picks.hidden = true));
    this.picks.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the focus stays where it is
      const at = [...this.picks.children].indexOf(event.target.closest("[role=option]"));
      if (at >= 0) this.#pick(at);
    });
    store.on("open", () => this.load());
    store.on("mode", () => this.load());
    store.on("row", () => this.draw());
  }

  /** Show the open chat's draft, in the chosen mode. */
  load() {
    this.input.value = this.#store.draft;
    this.#typed = 0;
    this.picks.hidden = true;
    this.draw();
  }

  draw() {
    const { row, isNote, mayReply } = this.#store;
    this.modes.forEach((mode, at) => mark(mode, "aria-pressed", String(isNote === (at === 1))));
    flag(this.node, "noting", isNote);
    this.input.disabled = this.sendButton.disabled = !row || !(mayReply || isNote);
    mark(this.input, "placeholder", isNote ? "Write a note for your team" : "Write an answer, or / for a saved reply");
    mark(this.input, "aria-label", isNote ? "Your note" : "Your answer");
    say(this.hint, isNote ? "Only your team sees it" : "Shift+Enter: new line");
    say(this.sendButton, isNote ? "Save" : "Send");
  }

  #submit() {
    const text = this.input.value.trim();
    if (!text || !this.#store.row || this.input.disabled) return;
    this.input.value = "";
    this.#typed = 0;
    this.#store.submit(text);
    this.#sent();
  }

  #type() {
    const { row, isNote, link } = this.#store;
    if (!row) return;
    this.#store.draft = this.input.value;
    this.#suggest();
    if (isNote) return;
    const now = Date.now();
    const on = this.input.value !== "";
    if (on ? now - this.#typed > TYPING : this.#typed) {
      this.#typed = on ? now : 0;
      link.ask("typing", { c: row.c, on });
    }
  }

  #key(event) {
    const composing = event.isComposing || event.keyCode === 229; // an input method is in use
    if (composing) return;
    if (!this.picks.hidden && this.#walk(event.key)) return event.preventDefault();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    }
  }

  // Saved replies

  #filled({ text }) {
    const names = { visitor: this.#store.row?.name ?? "", agent: this.#store.agent };
    return text.replace(/\{(visitor|agent)\}/g, (_, name) => names[name]);
  }

  #insert(one) {
    this.input.focus();
    const { selectionStart, selectionEnd } = this.input;
    this.input.setRangeText(this.#filled(one), selectionStart, selectionEnd, "end");
    this.#type();
  }

  /** Offer the saved replies that match "/" and part of a name or a text. */
  #suggest() {
    const { value } = this.input;
    const wanted = value.slice(1).toLocaleLowerCase();
    this.#found = value.startsWith("/") && !value.includes("\n")
      ? this.#store.canned.filter(({ name, text }) => `${name} ${text}`.toLocaleLowerCase().includes(wanted))
      : [];
    this.#at = 0;
    this.#drawPicks();
  }

  #drawPicks() {
    this.picks.hidden = !this.#found.length;
    this.picks.replaceChildren(
      ...this.#found.map((one, at) =>
        h(".pick", { role: "option", "aria-selected": String(at === this.#at) },
          h("b", {}, `/${one.name}`), " ", this.#filled(one)),
      ),
    );
  }

  /** Handle a key while the list is open; return whether it was for the list. */
  #walk(key) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (step) {
      this.#at = (this.#at + step + this.#found.length) % this.#found.length;
      this.#drawPicks();
    } else if (key === "Enter" || key === "Tab") this.#pick(this.#at);
    else if (key === "Escape") this.picks.hidden = true;
    else return false;
    return true;
  }

  #pick(at) {
    this.input.value = "";
    this.picks.hidden = true;
    this.#insert(this.#found[at]);
  }
}
