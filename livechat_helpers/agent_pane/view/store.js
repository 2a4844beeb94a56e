// The view's data: the chats as rows, the open one, and what the agent has written and
// the kernel hasn't accepted. The pane's parts read it here, and get an event when it
// changes.

import { uid } from "./dom.js";
import { Link } from "./link.js";
import { byText } from "./words.js";

const LINGER = 1500; // ms for which to show a reply that the kernel has accepted but not sent back

/** A row's default values. */
const UNSAID = { labels: [], urgent: false, reopen: false, page: "", earlier: [] };

export class Store extends EventTarget {
  rows = new Map(); // by number: {c, id, name, state, …, replies}
  open = null; // the number of the chat that is open
  unsent = new Map(); // by key: {key, id, text, isNote, why}
  state = { state: "connecting", detail: "", team: [], present: [] };
  filter = "";
  isNote;
  #hasOpened = false;
  #model;
  #keep;

  constructor(model, keep) {
    super();
    this.#model = model;
    this.#keep = keep;
    this.isNote = keep.isNote;
    for (const item of keep.outbox) this.unsent.set(item.key, item);
    this.link = new Link(model, (message) => this.#hear(message), () => this.#linkChanged());
  }

  get row() {
    return this.rows.get(this.open);
  }

  get agent() {
    return this.#model.get("agent");
  }

  get canned() {
    return this.#model.get("canned");
  }

  get waitLimit() {
    return this.#model.get("wait_limit");
  }

  on(name, hear) {
    this.addEventListener(name, ({ detail }) => hear(detail));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  hello() {
    this.link.ask("hello", {}, (answer) => this.#takeOverview(answer));
  }

  #linkChanged() {
    if (!this.link.isLost) this.hello(); // some may have been lost on the way
    this.#tell("state");
    this.#tell("tail");
  }

  // What the kernel says

  #hear(message) {
    const row = this.rows.get(message.c);
    switch (message.kind) {
      case "row":
        return this.#takeRow(message);
      case "line":
        return row && this.#takeLine(row, message);
      case "replies":
        return row && this.#takeReplies(row, message.replies);
      case "gone":
        return this.#forget(message.c);
      case "select":
        return this.choose(message.c, true);
      case "state":
        this.state = message;
        return this.#tell("state");
      case "failed":
        return this.#tell("failed", message.why);
    }
  }

  #takeOverview({ kind, rows, replies, selected, ...state }) {
    if (kind !== "overview") return;
    this.state = state;
    const known = new Set(rows.map(({ c }) => c));
    for (const c of [...this.rows.keys()]) if (!known.has(c)) this.#forget(c);
    rows.forEach((row) => this.#setRow(row));
    for (const [c, row] of this.rows) {
      this.#takeReplies(row, replies.filter((reply) => reply.c === c));
    }
    this.#tell("state");
    this.#tell("rows");
    this.#openFirst(selected);
    for (const item of this.unsent.values()) this.#post(item);
  }

  #setRow(row) {
    const known = this.rows.get(row.c) ?? { replies: [] };
    this.rows.set(row.c, Object.assign(known, UNSAID, row));
    if (row.c === this.open) this.#tell("row");
  }

  #takeRow(row) {
    this.#setRow(row);
    this.#tell("rows");
    this.#openFirst();
  }

  #takeLine(row, { c, kind, unread, since, key, ...line }) {
    const isNew = line.i >= row.total;
    Object.assign(row, { unread, since });
    if (isNew) {
      row.total = line.i + 1;
      if (!line.what) Object.assign(row, { last: line.text, who: line.who, at: line.at });
      if (line.who === "visitor") row.typing = false;
    }
    if (key) this.unsent.delete(key);
    if (c === this.open) this.#tell("line", line);
    if (isNew && line.who === "visitor") this.#tell("arrived", { row, line });
    if (isNew) this.#tell("rows");
  }

  #takeReplies(row, replies) {
    row.replies = replies;
    replies.forEach(({ key }) => this.unsent.delete(key));
    if (row.c === this.open) this.#tell("tail");
  }

  #forget(c) {
    this.rows.delete(c);
    this.#hasOpened &&= this.rows.size > 0;
    if (c === this.open) {
      this.open = null;
      this.#tell("open", true);
    }
    this.#tell("rows");
  }

  // Which chat is open

  /** Open a chat, unless one was open before. If that one is gone, what the agent is
   * typing must not reach somebody else. */
  #openFirst(...ids) {
    if (this.#hasOpened) return;
    for (const id of [...ids, this.#keep.open]) {
      const found = [...this.rows.values()].find((row) => row.id === id);
      if (found) return this.choose(found.c, true);
    }
    const [first] = this.inOrder();
    if (first) this.choose(first.c, true);
  }

  /** Open a chat. byItself: the agent didn't choose it. */
  choose(c, byItself = false) {
    const row = this.rows.get(c);
    if (c === this.open || !row) return;
    this.open = c;
    this.#hasOpened = true;
    this.#keep.open = row.id;
    this.#tell("open", byItself);
    this.#tell("rows");
    if (!byItself) this.link.ask("select", { id: row.id });
  }

  /** The chats in groups, each with its name, in the order of the list. */
  groups() {
    const groups = { Waiting: [], Talking: [], "With colleagues": [], Done: [] };
    const wanted = this.filter.toLocaleLowerCase();
    for (const row of this.rows.values()) {
      if (wanted && !matches(row, wanted)) continue;
      if (row.state === "ended") groups.Done.push(row);
      else if (row.state === "colleague") groups["With colleagues"].push(row);
      else groups[row.since ? "Waiting" : "Talking"].push(row);
    }
    const newest = (a, b) => byText(b.at, a.at);
    const longest = (a, b) => b.urgent - a.urgent || byText(a.since || "~", b.since || "~");
    groups.Waiting.sort(longest);
    groups.Talking.sort(newest);
    groups["With colleagues"].sort((a, b) => longest(a, b) || newest(a, b));
    groups.Done.sort(newest);
    return Object.entries(groups).filter(([, rows]) => rows.length);
  }

  inOrder() {
    return this.groups().flatMap(([, rows]) => rows);
  }

  setFilter(text) {
    this.filter = text.trim();
    this.#tell("rows");
  }

  // What the agent writes

  get mayReply() {
    return this.row?.state === "yours" || this.row?.state === "queue";
  }

  get draft() {
    return this.row ? this.#keep.draft(this.row.id, this.isNote) : "";
  }

  set draft(text) {
    if (this.row) this.#keep.setDraft(this.row.id, this.isNote, text);
  }

  setMode(isNote) {
    this.isNote = this.#keep.isNote = isNote;
    this.#tell("mode");
  }

  /** Send a reply or save a note. The browser keeps it until the kernel has it. */
  submit(text) {
    const item = { key: uid(), id: this.row.id, text, isNote: this.isNote };
    this.unsent.set(item.key, item);
    this.#keep.post(item);
    this.draft = "";
    this.#post(item);
    this.#tell("tail");
  }

  #post({ key, id, text, isNote }) {
    if (![...this.rows.values()].some((row) => row.id === id)) return;
    this.link.ask(isNote ? "note" : "send", { key, id, text }, (answer) => {
      const item = this.unsent.get(key);
      if (answer.kind === "failed") {
        if (item) item.why = answer.why;
      } else {
        this.#keep.taken(key);
        setTimeout(() => this.#drop(key), isNote ? 0 : LINGER);
      }
      this.#tell("tail");
    });
  }

  #drop(key) {
    if (this.unsent.delete(key)) this.#tell("tail");
  }

  postAgain(key) {
    const item = this.unsent.get(key);
    if (!item) return;
    delete item.why;
    this.#post(item);
    this.#tell("tail");
  }

  discard(key) {
    this.#keep.taken(key);
    this.#drop(key);
  }

  /** What the agent has written in the open chat that isn't in its transcript yet. */
  pending() {
    const mine = [...this.unsent.values()].filter(({ id }) => id === this.row?.id);
    return { replies: this.row?.replies ?? [], unsent: mine };
  }
}

function matches(row, wanted) {
  const words = [row.name, row.last, row.owner, row.state, ...(row.labels ?? [])];
  return words.some((text) => text.toLocaleLowerCase().includes(wanted));
}
