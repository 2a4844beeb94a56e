// The way to the kernel, and whether somebody is still there.

import { uid } from "./dom.js";

const PATIENCE = 3000; // ms the kernel has to answer a request before we say so
const BEAT = 3000; // ms between two looks whether it is there

/** hear: gets what the kernel says to every view. changed: called when the kernel is
 * lost, and when it is back. */
export class Link {
  isLost = false;
  isGone = false; // for good: this view's kernel was restarted, or shut down
  #model;
  #hear;
  #changed;
  #view = uid();
  #n = 0;
  #open = new Map(); // by the number of a request: {timer, answered}
  #beat;
  #listen;
  #ended;

  constructor(model, hear, changed) {
    this.#model = model;
    this.#hear = hear;
    this.#changed = changed;
    this.#listen = (message) => this.#take(message);
    this.#ended = () => this.#gone();
    model.on("msg:custom", this.#listen);
    model.on("comm_live_update", this.#ended); // not everywhere is this told
    this.#beat = setInterval(() => this.ask("ping"), BEAT);
  }

  /** Ask for something. answered: gets the kernel's answer. */
  ask(what, more = {}, answered = undefined) {
    if (this.isGone) return;
    const n = ++this.#n;
    const timer = setTimeout(() => this.#late(n), PATIENCE);
    this.#open.set(n, { timer, answered });
    try {
      const sent = this.#model.send({ do: what, view: this.#view, n, ...more });
      sent?.catch?.(() => this.#lose());
    } catch {
      this.#gone(); // Jupyter knows of no kernel to send it to, and of none to come
    }
  }

  #gone() {
    this.isGone = true;
    this.#lose();
  }

  #late(n) {
    if (this.#open.get(n)?.answered === undefined) this.#open.delete(n);
    this.#lose();
  }

  #lose() {
    const before = this.isLost;
    this.isLost = true;
    if (!before || this.isGone) this.#changed();
  }

  #take(message) {
    const { view, n } = message;
    if (view === undefined) return this.#hear(message);
    if (view !== this.#view) return;
    const request = this.#open.get(n);
    clearTimeout(request?.timer);
    this.#open.delete(n);
    if (this.isLost && !this.isGone) {
      this.isLost = false;
      this.#changed();
    }
    if (message.kind === "failed") this.#hear(message);
    request?.answered?.(message);
  }

  /** Go: the kernel doesn't have to say anything here any more. */
  end() {
    this.ask("bye");
    clearInterval(this.#beat);
    for (const { timer } of this.#open.values()) clearTimeout(timer);
    this.#open.clear();
    this.#model.off("msg:custom", this.#listen);
    this.#model.off("comm_live_update", this.#ended);
  }
}
