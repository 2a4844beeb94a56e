// The stage's buttons. The kernel says what to show, in `shown`.

const SPEEDS = [1, 2, 4, 8];
const PANE = ".livechat-host";

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

export default {
  render({ model, el }) {
    const ask = (what, value) => model.send({ do: what, with: value });
    const keys = new Map();
    const button = (key, label, act, spoken = label) => {
      keys.set(key, act);
      const shown = key === " " ? "Space" : key;
      const node = h("button", { type: "button", onclick: act }, label, h("kbd", {}, shown));
      node.setAttribute("aria-keyshortcuts", shown);
      node.title = spoken;
      return node;
    };
    const shown = () => model.get("shown");
    const play = button(" ", "Play", () => ask(shown().state === "playing" ? "pause" : "play"));
    const speed = button("x", "×1", () => {
      const at = SPEEDS.indexOf(shown().speed);
      ask("speed", SPEEDS[(at + 1) % SPEEDS.length]);
    }, "Speed");
    const choose = h("select", { onchange: () => ask("choose", choose.value) });
    choose.setAttribute("aria-label", "Scene");
    for (const { path, title } of model.get("scenes")) choose.append(h("option", { value: path }, title));
    const reset = button("z", "Reset", () => ask("reset"), "Start over, and delete these chats");
    const keep = button("s", "Snapshot", () => ask("snapshot"), "Save the sandbox as it is now");
    const restore = button("r", "Restore", () => ask("restore"), "Restore the snapshot");
    const large = button("l", "Large", () => enlarge(), "Fill the window with the pane, for a projector");
    const drills = model.get("drills").map(({ name, key, label }) => button(key, label, () => ask("drill", name)));
    const cue = h("p", { className: "cue", role: "status" });
    const cast = h("ul", { className: "cast" });
    const log = h("ol", { className: "log" });
    const box = h("section", { className: "livechat-stage", tabIndex: 0 },
      h("div", { className: "row" }, choose, play, speed, reset, keep, restore, large),
      h("div", { className: "row drills", role: "group" }, h("span", {}, "Drills"), ...drills),
      cue,
      h("div", { className: "below" }, cast, log));
    box.setAttribute("aria-label", "Stage");
    el.append(box);

    box.addEventListener("keydown", (event) => {
      if (event.target === choose || event.ctrlKey || event.metaKey || event.altKey) return;
      const isPress = event.target.tagName === "BUTTON" && [" ", "Enter"].includes(event.key);
      const act = event.key === "Escape" && isLarge() ? leave : keys.get(event.key);
      event.stopPropagation(); // it's for us, and mustn't edit the notebook
      if (!act || isPress) return;
      event.preventDefault();
      act();
    });
    const guard = (event) => {
      // JupyterLab checks this before the key reaches us.
      if (box.contains(event.target)) box.setAttribute("data-lm-suppress-shortcuts", "true");
      // Escape leaves the large layout from the pane, too.
      if (event.key === "Escape" && isLarge() && pane?.contains(event.target)) leave();
    };
    window.addEventListener("keydown", guard, true);

    // The projector's layout: the pane and the buttons cover everything else.
    let pane = null;
    const isLarge = () => box.classList.contains("large");
    function enlarge() {
      if (isLarge()) return leave();
      pane = [...document.querySelectorAll(PANE)].find((one) => one.offsetParent) ?? null;
      box.classList.add("large");
      for (const one of [pane, box]) {
        if (!one) continue;
        one.popover = "manual";
        one.showPopover();
      }
      pane?.classList.add("livechat-large");
      box.focus();
    }
    function leave() {
      pane?.classList.remove("livechat-large");
      box.classList.remove("large");
      for (const one of [pane, box]) {
        if (!one?.popover) continue;
        one.hidePopover();
        one.removeAttribute("popover");
      }
      box.focus();
    }

    function draw() {
      const { scene, shows, state, speed: fast, cue: said, cast: people, log: lines } = shown();
      choose.value = scene;
      if (choose.value !== scene) { // the instructor's own file
        choose.append(h("option", { value: scene }, shown().title));
        choose.value = scene;
      }
      play.firstChild.data = { playing: "Pause", paused: "Continue", done: "Finished" }[state] ?? "Play";
      play.disabled = state === "done";
      speed.firstChild.data = `×${fast}`;
      cue.textContent = said || shows;
      cast.replaceChildren(...people.map(({ name, visitor, doing }) =>
        h("li", { dir: "auto" }, h("b", {}, name), visitor ? ` is ${visitor}` : "", h("span", {}, doing))));
      log.replaceChildren(...lines.map((line) => h("li", { dir: "auto" }, line)));
    }
    model.on("change:shown", draw);
    draw();
    return () => {
      leave();
      window.removeEventListener("keydown", guard, true);
      model.off("change:shown", draw);
    };
  },
};
