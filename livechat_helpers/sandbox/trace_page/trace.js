// The live page of the trace: entries come as server-sent events, the newest on top.

const MOST = 500; // entries that are shown; older ones go

const $ = id => document.getElementById(id);
const [state, kind, text, pause, rows] = ["state", "kind", "text", "pause", "entries"].map($);

const shown = new Map(); // id -> {entry, row, detail}
const held = new Map(); // id -> entry, while paused
let newest = 0; // the largest id that was shown
let connection = "new";

const SAID = {
	new: "Connecting…",
	live: "Live",
	paused: "Paused",
	lost: "The sandbox does not answer. Trying again…",
	refused: "The sandbox refused. Load this page again.",
};
const isPaused = () => pause.getAttribute("aria-pressed") === "true";

function element(name, attributes = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
	made.append(...children);
	return made;
}

// What stands in the columns

const FRAMES = { 0: "open", 1: "close", 40: "connect", 41: "disconnect", 43: "ack" };
const WHAT = {
	request: ({ method, path, query }) => [method, path + (query && `?${query}`)],
	frame: ({ direction, event, body }) => [
		direction === "in" ? "→ frame" : "← frame",
		event ?? FRAMES[body.slice(0, 2)] ?? FRAMES[body[0]] ?? "unknown",
	],
	webhook: ({ event, address }) => ["webhook", `${event} → ${address}`],
};

function result({ kind, status, seconds, attempt }) {
	if (kind === "frame") return ["", ""];
	if (kind === "request" && seconds === null) return ["…", ""];
	const again = attempt > 1 ? ` (try ${attempt})` : "";
	return [`${status ?? "no answer"}${again}`, status && status < 400 ? "good" : "bad"];
}

function time(at) {
	const moment = new Date(at);
	const milliseconds = String(moment.getMilliseconds()).padStart(3, "0");
	return `${moment.toLocaleTimeString("en-GB")}.${milliseconds}`;
}

function row(entry) {
	const [sort, rest] = WHAT[entry.kind](entry);
	const [answer, quality] = result(entry);
	const open = element(
		"button",
		{ type: "button", "aria-expanded": "false" },
		element("span", { class: "kind" }, sort),
		` ${rest}`,
	);
	const what = element("td", {}, open);
	if (entry.notes.length) {
		const many = entry.notes.length > 1 ? `${entry.notes.length} notes` : "1 note";
		what.append(element("span", { class: "flag" }, many));
	}
	const made = element(
		"tr",
		{ class: "entry", "data-kind": entry.kind },
		element("td", { class: "time" }, time(entry.at)),
		element("td", {}, entry.actor ?? "Vonage"),
		what,
		element("td", { class: `result ${quality}` }, answer),
		element("td", { class: "took" }, milliseconds(entry.seconds)),
	);
	made.addEventListener("click", () => {
		if (getSelection().isCollapsed) toggle(entry.id);
	});
	return made;
}

const milliseconds = seconds => (seconds == null ? "" : (seconds * 1000).toFixed(1));

// What opens below an entry

function pretty(body) {
	const start = body.search(/[[{]/); // a frame has digits first
	try {
		return body.slice(0, start) + JSON.stringify(JSON.parse(body.slice(start)), null, 2);
	} catch {
		return body;
	}
}

const FACTS = {
	application_id: "application",
	session_id: "session",
	conversation_id: "conversation",
	attempt: "try",
};

function detail(entry) {
	const cell = element("td", { colspan: "5" });
	const part = (title, content) => cell.append(element("h2", {}, title), content);
	const facts = Object.keys(FACTS).filter(name => entry[name]);
	if (entry.notes.length) {
		part("Notes", element("ul", {}, ...entry.notes.map(note => element("li", {}, note))));
	}
	for (const [name, title] of [["body", "Body"], ["answer", "Answer"]]) {
		if (entry[name]) part(title, element("pre", { tabindex: "0" }, pretty(entry[name])));
	}
	const pair = name => element(
		"div", {}, element("dt", {}, FACTS[name]), element("dd", {}, String(entry[name])),
	);
	part("About it", element("dl", {}, ...[...facts.map(pair), element(
		"div", {}, element("dt", {}, "entry"), element("dd", {}, String(entry.id)),
	)]));
	return element("tr", { class: "detail" }, cell);
}

function toggle(id) {
	const line = shown.get(id);
	if (line.detail) {
		line.detail.remove();
		line.detail = null;
	} else {
		line.detail = detail(line.entry);
		line.row.after(line.detail);
	}
	mark(line);
}

function mark({ row, detail }) {
	row.querySelector("button").setAttribute("aria-expanded", String(!!detail));
	row.classList.toggle("open", !!detail);
}

// What is in the table

function show(entry) {
	const known = shown.get(entry.id);
	if (!known && entry.id < newest) return; // it has gone from the table
	newest = Math.max(newest, entry.id);
	const line = { entry, row: row(entry), detail: null };
	shown.set(entry.id, line);
	if (known) {
		const focused = known.row.contains(document.activeElement);
		known.row.replaceWith(line.row);
		if (focused) line.row.querySelector("button").focus();
		if (known.detail) {
			line.detail = detail(entry);
			known.detail.replaceWith(line.detail);
			mark(line);
		}
	} else {
		rows.prepend(line.row);
	}
	filter(line);
	if (shown.size > MOST) {
		const [oldest, gone] = shown.entries().next().value;
		shown.delete(oldest);
		gone.row.remove();
		gone.detail?.remove();
	}
}

function filter({ entry, row, detail }) {
	const wanted = text.value.trim().toLowerCase();
	const fits =
		(!kind.value || entry.kind === kind.value) &&
		(!wanted || Object.values(entry).join("\n").toLowerCase().includes(wanted));
	row.hidden = !fits;
	if (detail) detail.hidden = !fits;
}

function forget() {
	newest = 0;
	shown.clear();
	held.clear();
	rows.replaceChildren();
}

function report() {
	pause.textContent = !isPaused() ? "Pause" : held.size ? `Go on (${held.size})` : "Go on";
	const now = connection === "live" && isPaused() ? "paused" : connection;
	state.dataset.is = now;
	if (state.textContent !== SAID[now]) state.textContent = SAID[now];
	const some = [...shown.values()].some(({ row }) => !row.hidden);
	$("empty").hidden = some;
	$("empty").textContent = shown.size
		? "No entry fits what you are looking for."
		: "Nothing yet. Send a request to the sandbox, and it appears here.";
}

// What people do

pause.addEventListener("click", () => {
	pause.setAttribute("aria-pressed", String(!isPaused()));
	if (!isPaused()) {
		held.forEach(show);
		held.clear();
	}
	report();
});
$("clear").addEventListener("click", () => fetch("trace", { method: "DELETE" }));
$("controls").addEventListener("submit", event => event.preventDefault());
for (const each of [kind, text]) {
	each.addEventListener("input", () => {
		shown.forEach(filter);
		report();
	});
}

// What the sandbox says

const events = new EventSource("trace/events");
events.addEventListener("open", () => {
	connection = "live";
	report();
});
events.addEventListener("error", () => {
	connection = events.readyState === EventSource.CLOSED ? "refused" : "lost";
	report();
});
events.addEventListener("start", () => {
	forget();
	report();
});
events.addEventListener("entries", ({ data }) => {
	for (const entry of JSON.parse(data)) {
		if (!isPaused()) show(entry);
		else held.set(entry.id, entry);
		if (held.size > MOST) held.delete(held.keys().next().value);
	}
	report();
});
