// What the browser keeps, so that a reload, another kernel or a crash loses nothing:
// drafts, what's written but not yet accepted by a kernel, and which chat is open.

/** The browser's storage, or a replacement where a page can't use it. */
function storage(name) {
  try {
    const found = window[name];
    found.setItem("livechat-pane", "");
    found.removeItem("livechat-pane");
    return found;
  } catch {
    const kept = new Map();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  }
}

/** What's kept for one desk. A desk belongs to one agent in one application. */
export class Keep {
  #tab = storage("sessionStorage"); // only for this tab
  #all = storage("localStorage"); // for everybody who works at this desk in this browser
  #home;

  constructor(home) {
    this.#home = `livechat-pane ${home}`;
  }

  #get(where, name) {
    return where.getItem(`${this.#home} ${name}`);
  }

  #set(where, name, value) {
    try {
      if (value) where.setItem(`${this.#home} ${name}`, value);
      else where.removeItem(`${this.#home} ${name}`);
    } catch {
      // The storage is full, but what's typed stays on the screen.
    }
  }

  /** The draft of a chat: there's one for replies, and one for notes. */
  draft(id, isNote) {
    return this.#get(this.#tab, `${isNote ? "note" : "draft"} ${id}`) ?? "";
  }

  setDraft(id, isNote, text) {
    this.#set(this.#tab, `${isNote ? "note" : "draft"} ${id}`, text);
  }

  get isNote() {
    return this.#get(this.#tab, "mode") === "note";
  }

  set isNote(isNote) {
    this.#set(this.#tab, "mode", isNote ? "note" : "");
  }

  /** The id of the chat that was last open. */
  get open() {
    return this.#get(this.#tab, "open") ?? "";
  }

  set open(id) {
    this.#set(this.#tab, "open", id);
  }

  wants(what) {
    return this.#get(this.#all, what) === "yes";
  }

  setWants(what, wanted) {
    this.#set(this.#all, what, wanted ? "yes" : "");
  }

  /** What the agent has written and the kernel hasn't accepted: a list of {key, id,
   * text, isNote}. */
  get outbox() {
    try {
      const kept = JSON.parse(this.#get(this.#all, "outbox") ?? "[]");
      return Array.isArray(kept) ? kept.filter((item) => item?.key && item.id && item.text) : [];
    } catch {
      return [];
    }
  }

  post(item) {
    this.#set(this.#all, "outbox", JSON.stringify([...this.outbox, item]));
  }

  taken(key) {
    const left = this.outbox.filter((item) => item.key !== key);
    this.#set(this.#all, "outbox", left.length ? JSON.stringify(left) : "");
  }
}
