// The view of the agent's chat pane: the waiting visitors, one conversation, an answer.
//
// The kernel holds the chats. This file draws them and keeps what only the view knows:
// which chat is open, what is typed, what is on its way.
//
// Text from visitors is only ever put in as text. There is no innerHTML here.

const SHOWN = 200; // newest messages of a chat that are drawn; older ones on request
const PATIENCE = 3000; // ms the kernel has to take a message before we say so

export default {
  render({ model, el }) {
    const pane = new Pane(model, el);
    return () => pane.remove();
  },
};

/** Make an element. Strings among the children become text. */
function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const time = (at) =>
  new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

class Pane {
  #model;
  #view = crypto.randomUUID();
  #chats = new Map(); // id -> {id, visitor, over, messages: Map, draft, unread, shown}
  #open = null; // the id of the chat that is shown
  #pending = new Map(); // key -> {key, chat, text, reason, timer}
  #list = h("ul", { className: "chats" });
  #log = h("div", { className: "log", role: "log", tabIndex: 0 });
  #state = h("p", { className: "state", role: "status" });
  #input = h("textarea", { rows: 2, placeholder: "Write an answer" });
  #send = h("button", { type: "submit" }, "Send");

  constructor(model, el) {
    this.#model = model;
    this.#log.setAttribute("aria-label", "Conversation");
    this.#input.setAttribute("aria-label", "Your answer");
    const form = h("form", {}, this.#input, this.#send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener("keydown", (event) => {
      const composing = event.isComposing || event.keyCode === 229; // an input method
      if (event.key === "Enter" && !event.shiftKey && !composing) {
        event.preventDefault();
        this.#submit();
      }
    });
    const nav = h("nav", {}, h("h2", {}, "Visitors"), this.#list);
    nav.setAttribute("aria-label", "Visitors");
    const main = h("div", { className: "main" }, this.#state, this.#log, form);
    const pane = h("section", { className: "agent-pane" }, nav, main);
    pane.setAttribute("aria-label", "Support agent");
    // Otherwise JupyterLab takes Shift+Enter for "run the cell", and so on.
    pane.addEventListener("keydown", (event) => event.stopPropagation());
    const page = model.get("page");
    if (page) el.append(h("div", { className: "side-by-side" }, frame(page), pane));
    else el.append(pane);

    this.hear = (message) => this.#hear(message);
    model.on("msg:custom", this.hear);
    this.#showState("connecting");
    this.#draw();
    model.send({ kind: "hello", view: this.#view });
  }

  remove() {
    this.#model.off("msg:custom", this.hear);
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
  }

  #hear(message) {
    const chat = this.#chats.get(message.chat);
    switch (message.kind) {
      case "snapshot":
        if (message.view !== this.#view) return; // another view's
        message.chats.forEach((each) => this.#addChat(each, false));
        this.#showState(message.state);
        break;
      case "chat":
        this.#addChat(message.chat, true);
        break;
      case "message":
        if (!chat) return; // the snapshot, on its way, has it
        this.#addMessage(chat, message.message);
        break;
      case "over":
        if (chat) chat.over = true;
        break;
      case "state":
        this.#showState(message.state);
        return;
      case "taken":
        clearTimeout(this.#pending.get(message.key)?.timer);
        this.#showState(this.state);
        return;
      case "sent":
        this.#forget(message.key);
        break;
      case "failed":
        this.#fail(message.key, message.reason);
        break;
    }
    this.#draw();
  }

  #addChat({ messages, ...chat }, live) {
    const known = this.#chats.get(chat.id);
    const here = known ?? { draft: "", unread: 0, shown: SHOWN, messages: new Map() };
    Object.assign(here, chat);
    for (const message of messages) {
      if (!here.messages.has(message.id)) here.messages.set(message.id, message);
    }
    this.#chats.set(chat.id, here);
    if (live && !known) here.unread = messages.filter((each) => !each.mine).length;
    if (this.#open === null) this.#choose(chat.id);
  }

  #addMessage(chat, message) {
    if (chat.messages.has(message.id)) return;
    chat.messages.set(message.id, message);
    chat.over = false;
    if (!message.mine && chat.id !== this.#open) chat.unread += 1;
    // The echo of what this view has on its way may come before the kernel's word.
    if (message.mine) {
      const first = [...this.#pending.values()].find(
        (each) => each.chat === chat.id && each.text === message.text && !each.reason,
      );
      if (first) this.#forget(first.key);
    }
  }

  #choose(id) {
    const before = this.#chats.get(this.#open);
    if (before) before.draft = this.#input.value;
    this.#open = id;
    const chat = this.#chats.get(id);
    chat.unread = 0;
    this.#input.value = chat.draft;
    this.#log.replaceChildren(); // another chat: draw it from the start
  }

  #submit() {
    const text = this.#input.value.trim();
    if (!text || this.#open === null) return;
    const answer = { key: crypto.randomUUID(), chat: this.#open, text };
    this.#pending.set(answer.key, answer);
    this.#input.value = "";
    this.#dispatch(answer);
  }

  #dispatch(answer) {
    answer.reason = null;
    // A kernel that was restarted swallows messages: only its word counts.
    answer.timer = setTimeout(() => {
      this.#state.textContent =
        "The kernel does not answer. It is busy, or it was restarted: " +
        "then run the cell again. Your text is kept here.";
      this.#state.hidden = false;
      this.#fail(answer.key, "The kernel has not taken it.");
      this.#draw();
    }, PATIENCE);
    const { key, chat, text } = answer;
    this.#model.send({ kind: "send", key, chat, text });
    this.#draw();
  }

  #forget(key) {
    clearTimeout(this.#pending.get(key)?.timer);
    this.#pending.delete(key);
  }

  #fail(key, reason) {
    const answer = this.#pending.get(key);
    if (!answer) return;
    clearTimeout(answer.timer);
    answer.reason = reason;
  }

  #showState(state) {
    this.state = state;
    const words = {
      connecting: "Connecting…",
      reconnecting: "Reconnecting… What you send now waits or can be tried again.",
    };
    this.#state.textContent = words[state] ?? "";
    this.#state.hidden = !words[state];
  }

  #draw() {
    this.#drawList();
    this.#drawLog();
    this.#input.disabled = this.#send.disabled = this.#open === null;
  }

  #drawList() {
    // Who waits longest for an answer comes first.
    const newest = (chat) => [...chat.messages.values()].at(-1);
    const waiting = (chat) => {
      const last = newest(chat);
      return last && !last.mine && !chat.over ? last.at : null;
    };
    const chats = [...this.#chats.values()].sort((a, b) => {
      const [first, second] = [waiting(a), waiting(b)];
      if (first && second) return first < second ? -1 : 1;
      if (first || second) return first ? -1 : 1;
      return (newest(b)?.at ?? "") < (newest(a)?.at ?? "") ? -1 : 1;
    });
    const rows = chats.map((chat) => {
      const last = newest(chat);
      const button = h(
        "button",
        { type: "button", className: "chat", title: chat.visitor },
        h("span", { className: "name" }, chat.visitor),
        h("span", { className: "last" }, last?.text ?? "No message yet"),
      );
      button.setAttribute("aria-current", String(chat.id === this.#open));
      if (chat.unread) {
        const words = ` ${chat.unread}`;
        button.append(h("span", { className: "unread", title: "unread" }, words));
      } else if (waiting(chat)) {
        const title = "waits for an answer since";
        button.append(h("span", { className: "waits", title }, time(last.at)));
      }
      button.addEventListener("click", () => {
        this.#choose(chat.id);
        this.#draw();
        this.#input.focus();
      });
      return h("li", {}, button);
    });
    if (!rows.length) {
      rows.push(h("li", { className: "empty" }, "Nobody is here yet."));
    }
    const focused = this.#list.contains(document.activeElement);
    this.#list.replaceChildren(...rows);
    if (focused) this.#list.querySelector("[aria-current=true]")?.focus();
  }

  #drawLog() {
    const chat = this.#chats.get(this.#open);
    if (!chat) {
      this.#log.replaceChildren(
        h("p", { className: "empty" }, "Open the customer page and say hello."),
      );
      return;
    }
    const atEnd =
      this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 40;
    const inOrder = [...chat.messages.values()].sort((a, b) => a.id - b.id);
    const hidden = Math.max(0, inOrder.length - chat.shown);
    // Nodes stay where they are: a screen reader hears only what is new.
    const there = new Map([...this.#log.children].map((node) => [node.dataset.id, node]));
    const wanted = [];
    if (hidden) {
      const more = there.get("more") ?? h("button", { type: "button" }, "Show earlier");
      more.dataset.id = "more";
      more.onclick = () => {
        chat.shown += SHOWN;
        this.#drawLog();
      };
      wanted.push(more);
    }
    for (const message of inOrder.slice(hidden)) {
      wanted.push(there.get(String(message.id)) ?? bubble(message));
    }
    for (const answer of this.#pending.values()) {
      if (answer.chat === chat.id) wanted.push(this.#onItsWay(answer));
    }
    if (chat.over) {
      wanted.push(h("p", { className: "empty" }, `${chat.visitor} has left the chat.`));
    }
    this.#log.querySelectorAll(":scope > *").forEach((node) => {
      if (!wanted.includes(node)) node.remove();
    });
    wanted.forEach((node, place) => {
      if (this.#log.children[place] !== node) {
        this.#log.insertBefore(node, this.#log.children[place] ?? null);
      }
    });
    if (atEnd || !there.size) this.#log.scrollTop = this.#log.scrollHeight;
  }

  #onItsWay(answer) {
    const node = h(
      "div",
      { className: "message mine pending" },
      h("p", { dir: "auto" }, answer.text),
    );
    const note = h("span", { className: "note" }, answer.reason ?? "Sending…");
    if (answer.reason) {
      const again = h("button", { type: "button" }, "Try again");
      again.addEventListener("click", () => this.#dispatch(answer));
      note.append(" ", again);
    }
    node.append(note);
    return node;
  }
}

function bubble(message) {
  const node = h(
    "div",
    { className: message.mine ? "message mine" : "message" },
    h("p", { dir: "auto" }, message.text),
    h(
      "span",
      { className: "note" },
      `${message.name}, `,
      h("time", { dateTime: message.at }, time(message.at)),
    ),
  );
  node.dataset.id = String(message.id);
  return node;
}

/** Show a page of this machine under the host name JupyterLab is open at, so that
 * the browser takes both for one site and the page keeps its cookie. */
function frame(page) {
  const address = new URL(page, location.href);
  const local = ["localhost", "127.0.0.1"];
  if (local.includes(address.hostname) && local.includes(location.hostname)) {
    address.hostname = location.hostname;
  }
  return h("iframe", { src: address.href, title: "Customer page" });
}
