// Below a transcript: what the agent has written and no chat contains yet. Each entry
// keeps its element while it waits, so a click on it works even if something arrives in
// the meantime.

import { arrange, button, flag, h, say } from "./dom.js";

export class Tail {
  node = h(".tail");
  #store;
  #nodes = new Map(); // by key

  constructor(store) {
    this.#store = store;
  }

  draw() {
    const drawn = new Map(this.#items().map((item) => [item.key, this.#patch(item)]));
    for (const [key, node] of this.#nodes) if (drawn.get(key) !== node) node.remove();
    this.#nodes = drawn;
    arrange(this.node, [...drawn.values()]);
  }

  /** What's waiting in the kernel to be sent, and what's waiting here for the kernel. */
  #items() {
    const { link } = this.#store;
    const { replies, unsent } = this.#store.pending();
    return [
      ...replies.map((reply) => ({
        ...reply,
        isTaken: true,
        words: reply.failed ? `Not sent: ${reply.reason}` : reply.reason || "Sending…",
      })),
      ...unsent.map(({ why, ...item }) => ({
        ...item,
        failed: Boolean(why),
        words: why ? `Not accepted: ${why}` : link.isLost ? "Waiting for the kernel." : item.isNote ? "Saving…" : "Sending…",
      })),
    ];
  }

  #patch(item) {
    const known = this.#nodes.get(item.key);
    const node = known && known.isTaken === item.isTaken ? known : this.#make(item);
    const { words, choices } = node.parts;
    say(words, item.isNote ? `Note, not sent · ${item.words}` : item.words);
    choices.hidden = !item.failed;
    flag(node, "failed", item.failed);
    return node;
  }

  #make({ key, text, isNote, isTaken }) {
    const { link } = this.#store;
    const again = () => (isTaken ? link.ask("retry", { key }) : this.#store.postAgain(key));
    const discard = () => (isTaken ? link.ask("discard", { key }) : this.#store.discard(key));
    const parts = {
      words: h("span"),
      choices: h("span", {}, " ", button(".do", "Try again", again), " ", button(".do", "Discard", discard)),
    };
    const kind = isNote ? ".line.note.pending" : ".line.message.mine.pending";
    const node = h(kind, {}, h("p.text", { dir: "auto" }, text), h("p.foot", {}, parts.words, parts.choices));
    return Object.assign(node, { parts, isTaken });
  }
}
