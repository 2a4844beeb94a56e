// The view of the agent's pane: the queue, one transcript, an answer.
//
// The kernel holds the chats. This file draws a window of one transcript, asks for more
// lines as the agent scrolls, and keeps what only the view knows: which chat is open,
// what is typed, what the kernel has not taken yet.
//
// What people wrote is only ever put in as text. There is no innerHTML here.

const PAGE = 50; // lines that are asked for at a time
const KEEP = 150; // lines that are drawn while the newest is in sight
const MOST = 300; // lines that are drawn at all
const NEAR = 240; // px from an end at which more lines are asked for
const PATIENCE = 2000; // ms the kernel has to take a request before we say so
const LEASE = 25_000; // ms between two words that a chat is being read
const TYPING = 1500; // ms between two words that the agent types
const GROUP = 180_000; // ms within which messages of one person belong together

export default {
  render({ model, el }) {
    const pane = new Pane(model, el);
    return () => pane.remove();
  },
};

/** Make an element. Strings among the children become text. */
function h(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

const button = (name, words, onclick, props = {}) =>
  h(`button${name}`, { type: "button", onclick, ...props }, words);

// Times, in words

const CLOCK = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const MOMENT = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium" });

const clock = (at) => CLOCK.format(new Date(at));

const day = (at) => new Date(at).toDateString();

function dayInWords(at) {
  const date = new Date(at);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - date.setHours(0, 0, 0, 0)) / 864e5);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long", year });
}

function waiting(since) {
  const minutes = Math.floor((Date.now() - new Date(since)) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

const initials = (name) =>
  name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("");

const byTime = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** What the agent has typed into a chat, kept by the browser's tab. */
const drafts = {
  get: (id) => sessionStorage.getItem(`agent-pane ${id}`) ?? "",
  set(id, text) {
    if (text) sessionStorage.setItem(`agent-pane ${id}`, text);
    else sessionStorage.removeItem(`agent-pane ${id}`);
  },
};

/** The way to the kernel, and whether somebody is still there. */
class Kernel {
  #model;
  #view = crypto.randomUUID();
  #n = 0;
  #timers = new Map(); // by the number of a request that is not taken yet
  #onLost;

  constructor(model, onLost) {
    this.#model = model;
    this.#onLost = onLost;
  }

  ask(what, more = {}) {
    const n = ++this.#n;
    this.#timers.set(n, setTimeout(() => this.#onLost(), PATIENCE));
    this.#model.send({ do: what, view: this.#view, n, ...more });
  }

  /** Tell whether a message is for this view, and note that the kernel is there. */
  isForUs({ view, n }) {
    if (view === undefined) return true;
    if (view !== this.#view) return false;
    clearTimeout(this.#timers.get(n));
    this.#timers.delete(n);
    return true;
  }

  forget() {
    this.#timers.forEach(clearTimeout);
    this.#timers.clear();
  }
}

/** A window of one transcript. */
class Log {
  chat = null; // the number of the chat
  #lines = []; // {…line, node}
  #start = 0; // the index of the first of them
  #total = 0;
  #asked = false;
  #follows = false; // whether what was asked for is to be scrolled to
  #isDown = true; // scrolled to the end of what is drawn; remembered, for to look is dear
  #top = 0;
  #frame = null;
  #target = null; // the index of the line to show when it has come
  #kernel;
  #me; // the name of the agent
  #box = h(".lines");
  #tail = h(".tail");
  #more = button(".pill", "Newest messages ↓", () => this.toEnd());

  constructor(kernel, me) {
    this.#kernel = kernel;
    this.#me = me;
    this.node = h(
      ".log",
      { role: "log", tabIndex: 0, "aria-label": "Conversation" },
      this.#box,
      this.#tail,
    );
    this.#more.hidden = true;
    this.frame = h(".log-frame", {}, this.node, this.#more);
    this.node.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    // What takes room, a panel or a long answer, must not hide the newest line.
    this.sizes = new ResizeObserver(() => {
      if (this.#isDown) node.scrollTop = node.scrollHeight;
    });
    const { node } = this;
    this.sizes.observe(node);
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
    this.#more.hidden = true;
    if (total) this.#ask(total - PAGE, total);
  }

  close(...words) {
    this.chat = null;
    this.#clear();
    this.#tail.replaceChildren();
    this.#box.replaceChildren(h(".empty", {}, ...words));
  }

  /** Bring the window up to a length that is known now. */
  catchUp(total) {
    const [wasLive, wasAtEnd] = [this.#isLive, this.isAtEnd];
    this.#total = total;
    if (wasLive && !this.#isLive) this.#ask(this.#end, total, wasAtEnd);
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

  #ask(start, end, follows = false) {
    this.#asked = true;
    this.#follows = follows;
    this.#kernel.ask("range", { c: this.chat, start: Math.max(0, start), end });
  }

  #clear() {
    this.#isDown = false;
    this.#lines = [];
    this.#start = 0;
    this.#asked = false;
    this.#box.replaceChildren();
  }

  /** Take lines that were asked for. */
  take({ start, lines, total }) {
    this.#asked = false;
    this.#total = Math.max(this.#total, total);
    const { node } = this;
    const [end, fromEnd] = [start + lines.length, node.scrollHeight - node.scrollTop];
    // Older lines that are scrolled to are no news for a screen reader.
    node.setAttribute("aria-live", "off");
    setTimeout(() => node.setAttribute("aria-live", "polite"), 500);
    if (this.#lines.length && end >= this.#start && start < this.#start) {
      this.#prepend(lines.slice(0, this.#start - start));
      while (this.#lines.length > MOST) this.#lines.pop().node.remove();
      node.scrollTop = node.scrollHeight - fromEnd;
    } else if (this.#lines.length && start <= this.#end && end >= this.#start) {
      lines.slice(Math.max(0, this.#end - start)).forEach((line) => this.#append(line));
      this.#trim(this.#follows ? KEEP : MOST);
      if (this.#follows) node.scrollTop = node.scrollHeight;
    } else {
      this.#clear();
      this.#start = start;
      lines.forEach((line) => this.#append(line));
      node.scrollTop = node.scrollHeight;
    }
    if (this.#target !== null) this.#showTarget();
    this.#look();
  }

  /** Take a line that is new, or another now. */
  line({ i, ...line }) {
    const isNew = i >= this.#total;
    const wasAtEnd = this.isAtEnd;
    if (isNew) this.#total = i + 1;
    if (i >= this.#start && i < this.#end) {
      const at = i - this.#start;
      const node = draw(line, this.#lines[at - 1], this.#me);
      node.classList.toggle("followed", this.#lines[at].node.classList.contains("followed"));
      this.#lines[at].node.replaceWith(node);
      this.#lines[at] = { ...line, node };
    } else if (i === this.#end && (wasAtEnd || this.#lines.length < MOST)) {
      this.#append(line);
      if (wasAtEnd) this.#trim(KEEP);
    } else if (i > this.#end && wasAtEnd && !this.#asked) {
      this.#ask(this.#end, this.#total, true); // some were lost on the way
    }
    this.#follow();
  }

  tail(nodes) {
    this.#tail.replaceChildren(...nodes);
    this.#follow();
  }

  #append(line) {
    const last = this.#lines.at(-1);
    const node = draw(line, last, this.#me);
    if (last && node.classList.contains("grouped")) last.node.classList.add("followed");
    this.#lines.push({ ...line, node });
    this.#box.append(node);
  }

  #prepend(lines) {
    let last;
    const drawn = lines.map((line) => {
      const node = draw(line, last, this.#me);
      if (last && node.classList.contains("grouped")) last.node.classList.add("followed");
      return (last = { ...line, node });
    });
    const [first] = this.#lines; // it has somebody before it now
    const again = draw(first, last, this.#me);
    again.className += first.node.classList.contains("followed") ? " followed" : "";
    if (again.classList.contains("grouped")) last.node.classList.add("followed");
    first.node.replaceWith(again);
    first.node = again;
    this.#box.prepend(...drawn.map(({ node }) => node));
    this.#lines.unshift(...drawn);
    this.#start -= drawn.length;
  }

  #trim(most) {
    while (this.#lines.length > most) {
      this.#lines.shift().node.remove();
      this.#start += 1;
    }
  }

  #scrolled() {
    this.#look();
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    if (this.#asked || this.chat === null) return;
    if (scrollTop < NEAR && this.#start > 0) this.#ask(this.#start - PAGE, this.#start);
    else if (scrollHeight - scrollTop - clientHeight < NEAR && !this.#isLive) {
      this.#ask(this.#end, this.#end + PAGE);
    }
  }

  /** Stay at the end, if we are there, when the next frame is drawn. */
  #follow() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      if (this.isAtEnd) this.node.scrollTop = this.node.scrollHeight;
      this.#look();
    });
  }

  /** See where the transcript is scrolled to. */
  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.node;
    // Lines that have come since the last frame do not count: nobody scrolled up.
    const hasStayed = this.#isDown && scrollTop >= this.#top;
    this.#isDown = hasStayed || scrollHeight - scrollTop - clientHeight < 60;
    this.#top = scrollTop;
    this.#more.hidden = this.chat === null || this.isAtEnd;
  }

  #showTarget() {
    const { node } = this.#lines[this.#target - this.#start] ?? {};
    this.#target = null;
    if (!node) return;
    node.scrollIntoView({ block: "center" });
    node.classList.add("found");
    setTimeout(() => node.classList.remove("found"), 2000);
  }
}

const MARKS = { delivered: "Delivered", seen: "Seen" };

/** Draw a line; last is the one before it, me the name of the agent. */
function draw(line, last, me) {
  const kind = line.what ?? "message";
  const isNewDay = !last || day(last.at) !== day(line.at);
  const node = h(`.line.${kind}`);
  if (isNewDay) node.append(h("p.day", {}, h("time", { dateTime: line.at.slice(0, 10) }, dayInWords(line.at))));
  const at = h("time", { dateTime: line.at, title: MOMENT.format(new Date(line.at)) }, clock(line.at));
  if (kind === "event") {
    node.append(h("p.happened", {}, line.text, " ", at));
    return node;
  }
  if (kind === "note") {
    node.append(
      h("p.text", { dir: "auto" }, line.text),
      h("p.foot", {}, "Note to self, not sent · ", at),
    );
    return node;
  }
  const mine = line.who === "agent";
  node.classList.toggle("mine", mine);
  const isGrouped =
    !isNewDay &&
    !last.what &&
    last.name === line.name &&
    last.who === line.who &&
    new Date(line.at) - new Date(last.at) < GROUP;
  node.classList.toggle("grouped", isGrouped);
  const from = mine && line.name === me ? "p.from.spoken" : "p.from";
  node.append(h(from, {}, line.name), h("p.text", { dir: "auto" }, line.text));
  node.append(h("p.foot", {}, at, mine ? ` · ${MARKS[line.mark] ?? "Sent"}` : ""));
  return node;
}

/** A button with a menu. items: a function that returns [words, what to do]. */
function menu(words, label, items) {
  const list = h(".menu", { role: "menu", hidden: true, "aria-label": label });
  const opener = button(".plain", words, () => (list.hidden ? open() : close()), {
    "aria-haspopup": "menu",
    "aria-expanded": "false",
  });
  const node = h(".with-menu", {}, opener, list);
  const show = (isOpen) => {
    list.hidden = !isOpen;
    opener.setAttribute("aria-expanded", String(isOpen));
  };
  const close = () => show(false);
  const open = () => {
    list.replaceChildren(
      ...items().map(([text, act]) =>
        button("", text, () => (close(), act()), { role: "menuitem", tabIndex: -1 }),
      ),
    );
    show(true);
    list.firstChild?.focus();
  };
  node.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    const all = [...list.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const at = all.indexOf(document.activeElement) + step;
      all.at(at % all.length)?.focus();
    } else if (event.key === "Escape") {
      close();
      opener.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  node.addEventListener("focusout", (event) => {
    if (!node.contains(event.relatedTarget)) close();
  });
  return node;
}

class Pane {
  #model;
  #el;
  #kernel;
  #rows = new Map(); // by number: {…row, replies, node}
  #open = null; // the number of the chat that is shown
  #unsent = new Map(); // by key: {c, key, text}: what the kernel has not taken yet
  #state = { state: "connecting", detail: "" };
  #isLost = false;
  #isGone = false;
  #isNote = false;
  #reading = null;
  #typed = 0; // when the visitor was last told that the agent types
  #dismissed = 0;
  #frame = null; // the next one, if the list is to be drawn with it
  #timers = [];
  #cleanups = [];

  constructor(model, el) {
    this.#model = model;
    this.#el = el;
    this.#kernel = new Kernel(model, () => this.#lose());
    this.#build();
    this.#on(model, "msg:custom", (message) => this.#hear(message));
    // The kernel was restarted, or it is gone. Not everywhere is this told.
    this.#on(model, "comm_live_update", () => {
      this.#isGone = true;
      this.#lose();
    });
    this.#on(document, "visibilitychange", () => {
      if (!document.hidden) this.#kernel.ask("ping");
      this.#tellReading();
    });
    this.#on(window, "pagehide", () => this.#tellReading(false));
    this.#timers.push(
      setInterval(() => this.#drawList(), 20_000), // who waits, waits longer
      setInterval(() => this.#tellReading(undefined, true), LEASE),
    );
    this.#close();
    this.#drawState();
    this.#kernel.ask("hello");
  }

  remove() {
    this.#tellReading(false);
    this.#cleanups.forEach((clean) => clean());
    this.#timers.forEach(clearInterval);
    this.#kernel.forget();
    this.log.sizes.disconnect();
  }

  #on(target, name, listener) {
    const isModel = target === this.#model;
    target[isModel ? "on" : "addEventListener"](name, listener);
    this.#cleanups.push(() => target[isModel ? "off" : "removeEventListener"](name, listener));
  }

  // The parts

  #build() {
    const name = this.#model.get("agent");
    this.status = h("p.state", { role: "status" });
    this.detail = h("p.detail");
    this.list = h(".list");
    this.list.addEventListener("keydown", (event) => this.#walk(event));
    const nav = h(
      "nav",
      { "aria-label": "Visitors" },
      h(".desk", {}, h("h2", {}, name), this.status, this.detail),
      this.list,
    );
    this.log = new Log(this.#kernel, name);
    this.log.node.addEventListener("scroll", () => this.#tellReading(), { passive: true });
    this.alert = h(".alert", { role: "alert", hidden: true });
    this.typing = h("p.typing", { hidden: true });
    const main = h(
      ".main",
      {},
      this.#buildHead(),
      this.alert,
      this.#buildSearch(),
      this.#buildClosing(),
      this.log.frame,
      this.typing,
      this.#buildBar(),
      this.#buildComposer(),
    );
    this.node = h(
      "section.agent-pane",
      { "aria-label": `Support desk of ${name}`, "data-lm-suppress-shortcuts": "true" },
      nav,
      main,
    );
    // Otherwise JupyterLab takes Shift+Enter for "run the cell", and so on.
    this.node.addEventListener("keydown", (event) => {
      if (event.altKey && ["ArrowDown", "ArrowUp"].includes(event.key)) {
        event.preventDefault();
        this.#step(event.key === "ArrowDown" ? 1 : -1);
      }
      event.stopPropagation();
    });
    for (const name of ["focusin", "focusout"]) {
      this.node.addEventListener(name, () => setTimeout(() => this.#tellReading()));
    }
    const page = this.#model.get("page");
    const frame = h(".agent-pane-frame", {}, this.node);
    this.#el.append(page ? h(".side-by-side", {}, beside(page), frame) : frame);
  }

  #buildHead() {
    this.title = h("h2.title");
    this.sub = h("p.sub");
    const hand = menu("Hand over", "Hand over to", () =>
      this.#model.get("team").map((name) => [
        name === "agent" ? "Back to the queue" : name[0].toUpperCase() + name.slice(1),
        () => this.#kernel.ask("hand over", { c: this.#open, to: name }),
      ]),
    );
    this.actions = h(
      ".actions",
      {},
      button(".plain", "Search", () => this.#toggle(this.search)),
      hand,
      button(".plain", "Close chat", () => this.#toggle(this.closing)),
    );
    this.hand = hand;
    return h("header", {}, h(".who", {}, this.title, this.sub), this.actions);
  }

  #buildSearch() {
    const input = h("input", { type: "search", "aria-label": "Search this conversation", placeholder: "Search this conversation" });
    this.found = h("ul.found");
    this.hits = h("span.hits", { role: "status" });
    let timer;
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#seek(input.value), 150);
    });
    this.search = h("form.panel", { hidden: true, role: "search" }, input, this.hits, button(".plain", "Done", () => this.#toggle(this.search)), this.found);
    this.search.addEventListener("submit", (event) => {
      event.preventDefault();
      this.found.querySelector("button")?.focus();
    });
    this.search.addEventListener("keydown", (event) => {
      const hits = [...this.found.querySelectorAll("button")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && hits.length) {
        event.preventDefault();
        const at = hits.indexOf(document.activeElement) + step;
        (hits[at] ?? input).focus();
      }
    });
    return this.#escapable(this.search);
  }

  #buildClosing() {
    const reason = h("input", { maxLength: 200, "aria-label": "Reason, which the visitor sees", placeholder: "Reason, which the visitor sees" });
    this.closing = h("form.panel", { hidden: true, "aria-label": "Close chat" }, reason, h("button.primary", { type: "submit" }, "Close chat"), button(".plain", "Cancel", () => this.#toggle(this.closing)));
    this.closing.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#kernel.ask("close", { c: this.#open, reason: reason.value });
      reason.value = "";
      this.#toggle(this.closing);
    });
    return this.#escapable(this.closing);
  }

  #escapable(panel) {
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#toggle(panel);
    });
    return panel;
  }

  #buildBar() {
    this.barWords = h("span");
    this.barTake = button(".plain", "Take it", () => this.#kernel.ask("take", { c: this.#open }));
    this.bar = h(".bar", { hidden: true }, this.barWords, this.barTake);
    return this.bar;
  }

  #buildComposer() {
    this.input = h("textarea", { rows: 1, "aria-label": "Your answer", placeholder: "Write an answer" });
    this.sendButton = h("button.primary", { type: "submit" }, "Send");
    const canned = menu("Replies", "Replies to choose from", () =>
      this.#model.get("canned").map((text) => [text, () => this.#insert(text)]),
    );
    this.modes = [["Reply", false], ["Note", true]].map(([words, isNote]) =>
      button(".mode", words, () => this.#setMode(isNote)),
    );
    const form = h(
      "form.composer",
      {},
      this.input,
      h(".tools", {}, h(".modes", { role: "group", "aria-label": "What you write" }, ...this.modes), canned, h("span.hint", {}, "Enter sends, Shift+Enter makes a line"), this.sendButton),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.input.addEventListener("input", () => this.#type());
    this.input.addEventListener("keydown", (event) => {
      const composing = event.isComposing || event.keyCode === 229; // an input method
      if (event.key === "Enter" && !event.shiftKey && !composing) {
        event.preventDefault();
        this.#submit();
      }
    });
    this.composer = form;
    return form;
  }

  // What the kernel says

  #hear(message) {
    if (!this.#kernel.isForUs(message)) return;
    if (this.#isLost && !this.#isGone) {
      this.#isLost = false;
      this.#kernel.ask("hello"); // some may have been lost on the way
      this.#drawState();
      this.#drawTail();
    }
    const row = this.#rows.get(message.c);
    switch (message.kind) {
      case "overview":
        return this.#takeOverview(message);
      case "row":
        return this.#takeRow(message);
      case "line":
        return row && this.#takeLine(row, message);
      case "range":
        if (message.c !== this.#open) return;
        this.log.take(message);
        return this.#tellReading();
      case "found":
        return message.c === this.#open && this.#showHits(message);
      case "replies":
        return row && this.#takeReplies(row, message.replies);
      case "gone":
        return this.#forgetRow(message.c);
      case "state":
        this.#state = message;
        return this.#drawState();
      case "failed":
        return this.#complain(message.why);
    }
  }

  #takeOverview({ rows, replies, ...state }) {
    this.#state = state;
    const known = new Set(rows.map(({ c }) => c));
    for (const c of this.#rows.keys()) if (!known.has(c)) this.#forgetRow(c);
    rows.forEach((row) => this.#setRow(row));
    for (const [c, row] of this.#rows) {
      this.#takeReplies(row, replies.filter((reply) => reply.c === c));
    }
    this.#drawState();
    this.#drawList();
    this.#openFirst();
  }

  #setRow(row) {
    const known = this.#rows.get(row.c) ?? { replies: [] };
    this.#rows.set(row.c, Object.assign(known, row));
    if (row.c === this.#open) {
      this.log.catchUp(row.total);
      this.#drawHead();
    }
  }

  #takeRow(row) {
    this.#setRow(row);
    this.#drawList();
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
    if (key) this.#unsent.delete(key);
    if (c === this.#open) {
      this.log.line(line);
      this.#drawTail();
      this.#drawTyping();
    }
    if (isNew) this.#drawList();
  }

  #takeReplies(row, replies) {
    row.replies = replies;
    replies.forEach(({ key }) => this.#unsent.delete(key));
    if (row.c === this.#open) this.#drawTail();
  }

  #forgetRow(c) {
    this.#rows.delete(c);
    if (c === this.#open) this.#close();
    this.#drawList();
    this.#openFirst();
  }

  #lose() {
    this.#isLost = true;
    if (this.#isGone) {
      // The next view finds what this one could not send.
      for (const { c, text } of this.#unsent.values()) this.#draft(c, text);
    }
    this.#drawState();
    this.#drawTail();
  }

  #draft(c, text) {
    const { id } = this.#rows.get(c) ?? {};
    if (id) drafts.set(id, text);
  }

  // What the agent does

  #openFirst() {
    if (this.#open !== null) return;
    const [first] = this.#inOrder();
    if (first) this.#choose(first.c);
  }

  #choose(c) {
    if (c === this.#open) return;
    this.#tellReading(false);
    this.#open = c;
    const row = this.#rows.get(c);
    this.search.hidden = this.closing.hidden = true;
    this.log.open(c, row.total);
    this.input.value = drafts.get(row.id);
    this.#setMode(false);
    this.#drawHead();
    this.#drawTail();
    this.#drawList();
    this.#tellReading();
  }

  #close() {
    this.#open = null;
    this.log.close(
      h("p", {}, "Nobody is here yet."),
      h("p", {}, "Open the customer page and say hello."),
    );
    this.#drawHead();
  }

  #step(by) {
    const rows = this.#inOrder();
    const at = rows.findIndex(({ c }) => c === this.#open);
    const next = rows[at + by];
    if (next) this.#choose(next.c);
  }

  #submit() {
    const text = this.input.value.trim();
    const row = this.#rows.get(this.#open);
    if (!text || !row || this.input.disabled) return;
    this.input.value = "";
    drafts.set(row.id, "");
    this.#typed = 0;
    if (this.#isNote) {
      this.#kernel.ask("note", { c: row.c, text });
      this.#setMode(false);
      return;
    }
    const key = crypto.randomUUID();
    this.#unsent.set(key, { c: row.c, key, text });
    this.#kernel.ask("send", { c: row.c, key, text });
    if (this.#isGone) this.#lose();
    this.#drawTail();
    this.log.toEnd();
  }

  #type() {
    const row = this.#rows.get(this.#open);
    if (!row) return;
    drafts.set(row.id, this.input.value);
    if (this.#isNote) return;
    const now = Date.now();
    const on = this.input.value !== "";
    if (on ? now - this.#typed > TYPING : this.#typed) {
      this.#typed = on ? now : 0;
      this.#kernel.ask("typing", { c: row.c, on });
    }
  }

  #insert(text) {
    this.#setMode(false);
    this.input.focus();
    this.input.setRangeText(text, this.input.selectionStart, this.input.selectionEnd, "end");
    this.#type();
  }

  #setMode(isNote) {
    this.#isNote = isNote;
    this.modes.forEach((mode, at) => mode.setAttribute("aria-pressed", String(isNote === (at === 1))));
    this.composer.classList.toggle("noting", isNote);
    this.#drawComposer();
    if (this.node.contains(document.activeElement)) this.input.focus();
  }

  #toggle(panel) {
    const isOpening = panel.hidden;
    this.search.hidden = this.closing.hidden = true;
    panel.hidden = !isOpening;
    if (isOpening) panel.querySelector("input").select();
    else this.input.focus();
    if (panel === this.search) this.#seek(panel.querySelector("input").value);
  }

  #seek(text) {
    if (text.trim()) this.#kernel.ask("search", { c: this.#open, text: text.trim() });
    else this.#showHits({ hits: [], total: null });
  }

  /** Tell the kernel which chat is being read: then what comes is seen at once. */
  #tellReading(isReading, again = false) {
    const row = this.#rows.get(this.#open);
    const reads =
      isReading ??
      (!document.hidden && this.node.contains(document.activeElement) && this.log.isAtEnd && row?.state === "yours");
    const now = reads ? this.#open : null;
    if (now === this.#reading && !(again && reads)) return;
    if (this.#reading !== null && now !== this.#reading && this.#rows.has(this.#reading)) {
      this.#kernel.ask("reading", { c: this.#reading, on: false });
    }
    if (now !== null) this.#kernel.ask("reading", { c: now, on: true });
    this.#reading = now;
  }

  /** Arrow keys walk through the list. */
  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.altKey) return;
    const all = [...this.list.querySelectorAll("button")];
    all[all.indexOf(document.activeElement) + step]?.focus();
    event.preventDefault();
  }

  // Drawing

  #drawState() {
    const words = {
      connecting: "Connecting…",
      online: "Online",
      reconnecting: "Reconnecting…",
      offline: "Offline",
      ended: "Ended",
    };
    let { state, detail } = this.#state;
    let say = words[state];
    if (state === "ended") detail = "This pane is closed. Run the cell again.";
    if (this.#isGone) {
      [state, say] = ["ended", "Ended"];
      detail = "The kernel was restarted: it does not answer. Run the cell again; what you wrote is kept.";
    } else if (this.#isLost) {
      [state, say] = ["offline", "Waiting"];
      detail = "The kernel does not answer: it is busy, or was restarted. What you write waits here.";
    }
    this.node.dataset.state = state;
    if (this.status.textContent !== say) this.status.textContent = say;
    this.detail.textContent = state === "online" ? "" : detail;
    const { problem, problems } = this.#state;
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

  #groups() {
    const groups = { Waiting: [], Talking: [], Done: [] };
    for (const row of this.#rows.values()) {
      const isOver = row.state === "ended" || row.state === "colleague";
      groups[isOver ? "Done" : row.since ? "Waiting" : "Talking"].push(row);
    }
    groups.Waiting.sort((a, b) => byTime(a.since, b.since));
    groups.Talking.sort((a, b) => byTime(b.at, a.at));
    groups.Done.sort((a, b) => byTime(b.at, a.at));
    return Object.entries(groups).filter(([, rows]) => rows.length);
  }

  #inOrder() {
    return this.#groups().flatMap(([, rows]) => rows);
  }

  /** Draw the list with the next frame: however much comes, once is enough. */
  #drawList() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#drawListNow();
    });
  }

  #drawListNow() {
    const focused = this.list.contains(document.activeElement) ? document.activeElement : null;
    const parts = this.#groups().flatMap(([name, rows]) => [
      h("h3", {}, name, " ", h("span.count", {}, String(rows.length))),
      h("ul", {}, ...rows.map((row) => h("li", {}, this.#drawRow(row)))),
    ]);
    if (!parts.length) parts.push(h("p.empty", {}, "Nobody is here yet."));
    this.list.replaceChildren(...parts);
    focused?.focus();
  }

  #drawRow(row) {
    row.node ??= button(".row", "", () => {
      this.#choose(row.c);
      this.input.focus();
    });
    const right = row.since
      ? h("span.waits", { title: `waits for an answer since ${clock(row.since)}` }, waiting(row.since))
      : h("span.when", {}, row.at && clock(row.at));
    const last = row.typing ? "is writing…" : `${row.who === "agent" ? "You: " : ""}${row.last || "No message yet"}`;
    const parts = [
      h("span.face", { "aria-hidden": "true" }, initials(row.name)),
      h("span.name", {}, row.name),
      right,
      h("span.last", {}, last),
    ];
    if (row.unread) {
      parts.push(h("span.unread", {}, String(row.unread), h("span.spoken", {}, " unread")));
    } else if (row.state === "colleague") {
      parts.push(h("span.tag", {}, row.owner));
    } else if (row.state === "queue") {
      parts.push(h("span.tag", {}, "Queue"));
    }
    row.node.replaceChildren(...parts);
    row.node.classList.toggle("is-typing", row.typing);
    row.node.setAttribute("aria-current", String(row.c === this.#open));
    return row.node;
  }

  #drawHead() {
    const row = this.#rows.get(this.#open);
    this.title.textContent = row?.name ?? "Support desk";
    this.sub.textContent = row
      ? { yours: "You have this chat", queue: "In the queue", colleague: `With ${row.owner || "nobody"}`, ended: "Ended" }[row.state]
      : "";
    this.actions.hidden = !row;
    if (row) this.hand.hidden = row.state === "ended";
    this.actions.lastChild.hidden = row?.state !== "yours" && row?.state !== "queue";
    const words = {
      queue: "This chat waits in the queue. Your first answer takes it.",
      colleague: `${row?.owner || "Nobody"} has this chat now.`,
      ended: "This chat has ended.",
    }[row?.state];
    this.bar.hidden = !words;
    this.barWords.textContent = words ?? "";
    this.barTake.hidden = row?.state === "ended";
    this.#drawComposer();
    this.#drawTyping();
    this.#tellReading();
  }

  #drawComposer() {
    const row = this.#rows.get(this.#open);
    const mayReply = row && (row.state === "yours" || row.state === "queue");
    this.input.disabled = this.sendButton.disabled = !row || !(mayReply || this.#isNote);
    this.input.placeholder = this.#isNote ? "Write a note to yourself" : "Write an answer";
    this.input.setAttribute("aria-label", this.#isNote ? "Your note" : "Your answer");
    this.sendButton.textContent = this.#isNote ? "Keep" : "Send";
  }

  #drawTyping() {
    const row = this.#rows.get(this.#open);
    this.typing.hidden = !row?.typing;
    if (row?.typing) this.typing.replaceChildren(`${row.name} is writing`, h("span.dots", { "aria-hidden": "true" }));
  }

  /** Draw what is not in the transcript yet. */
  #drawTail() {
    const row = this.#rows.get(this.#open);
    const unsent = [...this.#unsent.values()].filter(({ c }) => c === this.#open);
    this.log.tail([
      ...(row?.replies ?? []).map((reply) => this.#drawReply(reply)),
      ...unsent.map((reply) => this.#drawReply({ ...reply, reason: this.#isLost ? "Waits for the kernel." : "" })),
    ]);
  }

  #drawReply({ key, text, failed, reason }) {
    const node = h(".line.message.mine.pending", {}, h("p.text", { dir: "auto" }, text));
    const foot = h("p.foot", {}, failed ? `Not sent: ${reason}` : reason || "Sending…");
    node.append(foot);
    if (failed) {
      node.classList.add("failed");
      foot.append(
        " ",
        button(".link", "Try again", () => this.#kernel.ask("retry", { key })),
        " ",
        button(".link", "Discard", () => this.#kernel.ask("discard", { key })),
      );
    }
    return node;
  }

  #showHits({ hits, total }) {
    const words = this.search.querySelector("input").value.trim();
    this.hits.textContent = total === null ? "" : total === 1 ? "1 match" : `${total} matches`;
    this.found.replaceChildren(...hits.toReversed().map((hit) => this.#drawHit(hit, words)));
  }

  #drawHit({ i, name, what, text, at }, words) {
    const parts = [
      h("b", {}, name ?? (what === "note" ? "Note" : "")),
      h("time", { dateTime: at }, `${dayInWords(at)}, ${clock(at)}`),
      h("span.snippet", {}, ...marked(text, words)),
    ];
    return h("li", {}, h("button", { type: "button", onclick: () => this.log.jump(i) }, ...parts));
  }
}

/** Return a text in pieces, with what was looked for marked. */
function marked(text, words) {
  const at = text.toLocaleLowerCase().indexOf(words.toLocaleLowerCase());
  if (at < 0 || !words) return [text];
  const start = Math.max(0, at - 30);
  const end = at + words.length;
  return [
    (start ? "…" : "") + text.slice(start, at),
    h("mark", {}, text.slice(at, end)),
    text.slice(end, end + 80),
  ];
}

/** Show a page of this machine under the host name JupyterLab is open at, so that
 * the browser takes both for one site and the page keeps its cookie. */
function beside(page) {
  const address = new URL(page, location.href);
  const local = ["localhost", "127.0.0.1"];
  if (local.includes(address.hostname) && local.includes(location.hostname)) {
    address.hostname = location.hostname;
  }
  return h("iframe", { src: address.href, title: "Customer page" });
}
