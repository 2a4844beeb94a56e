// Elements, and the few components that every part of the pane uses.
//
// What people write is only ever inserted as text. There is no innerHTML here.
// Every class begins with "lcp-", so that no page's styles affect them.

/** Make an element: "tag.class.class". Strings among the children become text. */
export function h(name, props = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.map((one) => `lcp-${one}`).join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

export const button = (name, words, onclick, props = {}) =>
  h(`button${name}`, { type: "button", onclick, ...props }, words);

/** Set an element's text, but only if it differs. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Set an attribute, but only if it differs; null removes it. */
export function mark(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

export const flag = (node, name, on) => node.classList.toggle(`lcp-${name}`, on);

/** The focused element in a node's tree. marimo puts the pane into a shadow tree, and
 * the document only sees that tree's host. */
export const focused = (node) => node.getRootNode().activeElement;

/** Put nodes in order. Move only those that have to move, and never the focused one,
 * because moving it takes its focus away. */
export function arrange(box, nodes) {
  let next = null;
  for (const node of nodes.toReversed()) {
    const stays = node === focused(box) && node.parentNode === box;
    if (!stays && (node.parentNode !== box || node.nextSibling !== next)) {
      box.insertBefore(node, next);
    }
    next = node;
  }
}

/** A number that no other view has. `crypto.randomUUID` exists only on https. */
export function uid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const URLS = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/g;

/** Split a text into pieces, and make its links clickable. */
export function linked(text) {
  const parts = [];
  let at = 0;
  for (const { 0: href, index } of text.matchAll(URLS)) {
    parts.push(text.slice(at, index));
    parts.push(h("a.link", { href, target: "_blank", rel: "noopener noreferrer" }, href));
    at = index + href.length;
  }
  return [...parts, text.slice(at)].filter((part) => part !== "");
}

/** Split a text into pieces, and mark the search words. */
export function marked(text, words) {
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

/** A button with a menu. items: a function that returns pairs of [label, action]. */
export function menu(words, label, items, props = {}) {
  const list = h(".menu", { role: "menu", hidden: true, "aria-label": label });
  const opener = button(".plain", words, () => (list.hidden ? open() : close()), {
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    ...props,
  });
  const node = h(".with-menu", {}, opener, list);
  const show = (isOpen) => {
    list.hidden = !isOpen;
    mark(opener, "aria-expanded", String(isOpen));
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
      const at = all.indexOf(focused(list)) + step;
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
