// A chat's header, with its owner and actions, and the bar above the composer, which
// says why the agent can't answer.

import { button, h, menu, say } from "./dom.js";
import { capital, clock, count, dayInWords } from "./words.js";

export class Head {
  #store;
  #sub = h("p.sub");
  #title = h("h2.title");
  #actions;
  #hand;
  #close;

  /** panels: search, closing and labels, by name. toggle: opens one, or closes it. */
  constructor(store, panels, toggle) {
    this.#store = store;
    const { link } = store;
    this.#hand = menu("Hand over", "Hand over to", () =>
      store.state.team.map((name) => [this.#agent(name), () => link.ask("hand over", { c: store.open, to: name })]),
    );
    this.#close = button(".plain", "Close chat", () => toggle(panels.closing));
    const more = menu("More", "More actions for this chat", () => [
      ...this.#earlier(),
      ["Labels and urgency…", () => toggle(panels.labels)],
      ["Copy the transcript", () => this.#withText(copy)],
      ["Save the transcript", () => this.#withText((text) => save(text, `${store.row.name}.txt`))],
    ]);
    this.#actions = h(".actions", {}, button(".plain", "Search", () => toggle(panels.search)), this.#hand, more, this.#close);
    this.node = h("header.head", {}, h(".who", {}, this.#title, this.#sub), this.#actions);
    this.barWords = h("span");
    this.barTake = button(".plain", "Take it", () => link.ask("take", { c: store.open }));
    this.barReopen = button(".plain", "Reopen", () => link.ask("reopen", { c: store.open }));
    this.bar = h(".bar", { hidden: true }, this.barWords, this.barTake, this.barReopen);
    for (const name of ["open", "row", "state"]) store.on(name, () => this.draw());
  }

  #agent(name) {
    const words = name === "agent" ? "Back to the queue" : capital(name);
    return this.#store.state.present.includes(name) ? `${words} · online` : words;
  }

  /** The menu's items for the same visitor's earlier chats. */
  #earlier() {
    const chats = this.#store.row.earlier.flatMap((c) => this.#store.rows.get(c) ?? []);
    return chats.map(({ c, at, last }) => [`Earlier chat, ${dayInWords(at)}: ${last}`, () => this.#store.choose(c)]);
  }

  #withText(use) {
    this.#store.link.ask("text", { c: this.#store.open }, ({ text }) => use(text));
  }

  draw() {
    const { row } = this.#store;
    say(this.#title, row?.name ?? "Support desk");
    const whose = {
      yours: "You have this chat",
      queue: "In the queue",
      colleague: `With ${row?.owner || "nobody"}`,
      ended: "Ended",
    };
    const { page, earlier } = row ?? {};
    const about = [whose[row?.state], page && `wrote from ${page}`, earlier?.length && count(earlier.length, "earlier chat")];
    say(this.#sub, about.filter(Boolean).join(" · "));
    this.#sub.title = row?.total ? `${count(row.total, "line")}, the last at ${row.at ? clock(row.at) : "–"}` : "";
    this.#actions.hidden = !row;
    this.#hand.hidden = !row || row.state === "ended";
    this.#close.hidden = row?.state !== "yours" && row?.state !== "queue";
    const words = {
      queue: "This chat is waiting in the queue. Your first answer takes it.",
      colleague: `${row?.owner || "Nobody"} has this chat now.${row?.since ? " The visitor is waiting for an answer." : ""}`,
      ended: "This chat has ended.",
    }[row?.state];
    this.bar.hidden = !words;
    say(this.barWords, words ?? "");
    this.barTake.hidden = row?.state === "ended";
    this.barReopen.hidden = !row?.reopen;
  }
}

/** Copy a text. A page that can't write to the clipboard uses the old way. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const box = h("textarea.spoken", { value: text });
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }
}

function save(text, name) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}
