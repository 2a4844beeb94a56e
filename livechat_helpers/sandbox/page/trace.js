// The trace's table: entries come from the stream, newest first.

import { $ } from "./elements.js";
import { detail, result, row } from "./entries.js";
import { follow, report as reportConnection } from "./stream.js";

const MOST = 500; // the number of entries shown; older ones are dropped

const [kind, quality, text, pause, rows] = ["kind", "result", "text", "pause", "entries"].map($);

const shown = new Map(); // id -> {entry, row, detail}
const held = new Map(); // id -> entry, while paused
let newest = 0; // the largest id that was shown

const isPaused = () => pause.getAttribute("aria-pressed") === "true";

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

function show(entry) {
	const known = shown.get(entry.id);
	if (!known && entry.id < newest) return; // it's no longer in the table
	newest = Math.max(newest, entry.id);
	const line = { entry, row: row(entry, toggle), detail: null };
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

const QUALITIES = {
	"": () => true,
	bad: entry => result(entry)[1] === "bad",
	noted: entry => entry.notes.length > 0,
};

function filter({ entry, row, detail }) {
	// Every word must be in the entry, in any order.
	const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
	const content = Object.values(entry).join("\n").toLowerCase();
	const fits =
		(!kind.value || entry.kind === kind.value) &&
		QUALITIES[quality.value](entry) &&
		words.every(word => content.includes(word));
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
	pause.textContent = !isPaused() ? "Pause" : held.size ? `Continue (${held.size})` : "Continue";
	reportConnection(isPaused());
	const some = [...shown.values()].some(({ row }) => !row.hidden);
	$("empty").hidden = some;
	$("empty").textContent = shown.size
		? "No entry matches your search."
		: "Nothing yet. Requests to the sandbox appear here.";
}

pause.addEventListener("click", () => {
	pause.setAttribute("aria-pressed", String(!isPaused()));
	if (!isPaused()) {
		held.forEach(show);
		held.clear();
	}
	report();
});
$("clear").addEventListener("click", () => fetch("trace", { method: "DELETE" }));
$("filters").addEventListener("submit", event => event.preventDefault());
for (const each of [kind, quality, text]) {
	each.addEventListener("input", () => {
		shown.forEach(filter);
		report();
	});
}

follow({
	changed: report,
	start: () => {
		forget();
		report();
	},
	entries: entries => {
		for (const entry of entries) {
			if (!isPaused()) show(entry);
			else held.set(entry.id, entry);
			if (held.size > MOST) held.delete(held.keys().next().value);
		}
		report();
	},
});
