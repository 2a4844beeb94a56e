// The connection to the kernel, and whether the kernel still answers.

import { uid } from "./dom.js";

const PATIENCE = 3000; // ms after which we report that the kernel doesn't answer
const BEAT = 3000; // ms between two checks that it's there

/** hear: called with what the kernel says to every view. changed: called when the
 * kernel is lost, and when it's back. */
export class Link {
  isLost = false;
  isGone = false; // permanently: this view's kernel was restarted or shut down
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
    model.on("comm_live_update", this.#ended); // not every host reports this
    this.#beat = setInterval(() => this.ask("ping"), BEAT);
  }

  /** Ask for something. answered: called with the kernel's answer. */
  ask(what, more = {}, answered = undefined) {
    if (this.isGone) return;
    const n = ++this.#n;
    const timer = setTimeout(() => this.#late(n), PATIENCE);
    this.#open.set(n, { timer, answered });
    try {
      const sent = this.#model.send({ do: what, view: this.#view, n, ...more });
      sent?.catch?.(() => this.#lose());
    } catch {
      this.#gone(); // Jupyter has no kernel to send it to, and doesn't expect one
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

  /** Disconnect, so that the kernel stops sending here. */
  end() {
    this.ask("bye");
    clearInterval(this.#beat);
    for (const { timer } of this.#open.values()) clearTimeout(timer);
    this.#open.clear();
    this.#model.off("msg:custom", this.#listen);
    this.#model.off("comm_live_update", this.#ended);
  }
}
