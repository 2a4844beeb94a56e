// The view of the room: draws each state that the server sends.

const SHOWN = 5; // the number of mistakes that a class can talk about
const $ = (id) => document.getElementById(id);
const QUIET = 10 * 60; // seconds without activity before a learner is shown as quiet

function h(tag, className, ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

const people = (count) => `${count} ${count === 1 ? "learner" : "learners"}`;

function bar(className, share) {
  const node = h("span", `bar ${className}`);
  node.style.setProperty("--share", share);
  return node;
}

function mistake({ exercise, mistake: name, people: count, says }, most) {
  return h("li", "", h("div", "line",
    h("span", "number", String(count)),
    h("span", "name", `${exercise} ${name.replaceAll("_", " ")}`)),
    bar("wrong", count / most), h("p", "says", says.replaceAll("`", "")));
}

function exercise({ exercise: name, correct, not_yet: wrong }, all) {
  return h("li", "", h("span", "name", name), h("span", "bars", bar("right", correct / all), bar("wrong", wrong / all)),
    h("span", "figures", `${correct} right, ${wrong} not yet`));
}

function learner({ name, notebook, exercise, state, mistake: wrong, tries, correct, seen }, now) {
  const away = now - seen > QUIET;
  const where = exercise || (notebook === null ? "just joined" : `notebook ${String(notebook).padStart(2, "0")}`);
  const how = away ? "quiet" : state === "not yet" ? (wrong ? wrong.replaceAll("_", " ") : "not yet") + (tries > 1 ? ` · try ${tries}` : "") : state;
  return h("li", `learner ${away ? "away" : state.replace(" ", "-")}`, h("b", "who", name),
    h("span", "where", where), h("span", "how", how), h("span", "done", `${correct} done`));
}

function draw({ code, at, learners, mistakes, exercises }) {
  $("code").textContent = `Code ${code}`;
  const stuck = learners.filter(({ state, tries }) => state === "not yet" && tries > 2).length;
  $("counts").textContent = `${people(learners.length)}${stuck ? `, ${stuck} on their third try or later` : ""}`;
  const most = Math.max(1, ...mistakes.map(({ people: count }) => count));
  $("mistakes").replaceChildren(...mistakes.slice(0, SHOWN).map((one) => mistake(one, most)));
  if (!mistakes.length) $("mistakes").append(h("li", "empty", "None in the last 15 minutes."));
  $("exercises").replaceChildren(...exercises.map((one) => exercise(one, Math.max(1, learners.length))));
  if (!exercises.length) $("exercises").append(h("li", "empty", "Nobody has checked an answer yet."));
  $("learners").replaceChildren(...learners.map((one) => learner(one, at)));
  if (!learners.length) $("learners").append(h("li", "empty", "Nobody has joined yet."));
}

$("names").addEventListener("click", () => {
  const hidden = document.body.classList.toggle("nameless");
  $("names").setAttribute("aria-pressed", String(hidden));
  $("names").textContent = hidden ? "Show names" : "Hide names";
});

async function open() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (key) {
    const answer = await fetch("api/open", { method: "POST", body: JSON.stringify({ key }) });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    history.replaceState(null, "", location.pathname); // so that a projector doesn't show the key
  }
  const stream = new EventSource("api/view");
  stream.onmessage = ({ data }) => {
    document.body.classList.remove("lost");
    draw(JSON.parse(data));
  };
  stream.onerror = () => {
    document.body.classList.add("lost");
    $("counts").textContent = stream.readyState === EventSource.CLOSED
      ? "Open the link that the command printed." : "The room doesn't answer. Trying again…";
  };
}

// The browser doesn't load the page again if only the key in its address is new.
addEventListener("hashchange", () => location.reload());
open().catch(({ message }) => ($("counts").textContent = message));
