// One entry of the trace: a row of the table, and what opens below it.

import { element } from "./elements.js";

const FRAMES = { 0: "open", 1: "close", 40: "connect", 41: "disconnect", 43: "ack" };
const WHAT = {
	request: ({ method, path, query }) => [method, path + (query && `?${query}`)],
	frame: ({ direction, event, body }) => [
		direction === "in" ? "→ frame" : "← frame",
		event ?? FRAMES[body.slice(0, 2)] ?? FRAMES[body[0]] ?? "unknown",
	],
	webhook: ({ event, address }) => ["webhook", `${event} → ${address}`],
};

// Ids are long, and a line has to be readable from the back row. The details show them
// in full.
const UUID = /\b([0-9a-f]{4})[0-9a-f]{4}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const shortened = text => text.replace(UUID, "$1…");

export function result({ kind, status, seconds, attempt }) {
	if (kind === "frame") return ["", ""];
	if (kind === "request" && seconds === null) return ["…", ""];
	const again = attempt > 1 ? ` (try ${attempt})` : "";
	return [`${status ?? "no answer"}${again}`, status && status < 400 ? "good" : "bad"];
}

export function time(at) {
	const moment = new Date(at);
	const milliseconds = String(moment.getMilliseconds()).padStart(3, "0");
	return `${moment.toLocaleTimeString("en-GB")}.${milliseconds}`;
}

const milliseconds = seconds => (seconds == null ? "" : (seconds * 1000).toFixed(1));

export function row(entry, toggle) {
	const [sort, rest] = WHAT[entry.kind](entry);
	const [answer, quality] = result(entry);
	const open = element(
		"button",
		{ type: "button", "aria-expanded": "false", title: rest },
		element("span", { class: "kind" }, sort),
		` ${shortened(rest)}`,
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

function pretty(body) {
	const start = body.search(/[[{]/); // a frame starts with digits
	try {
		return body.slice(0, start) + JSON.stringify(JSON.parse(body.slice(start)), null, 2);
	} catch {
		return body;
	}
}

const FACTS = {
	path: "path",
	application_id: "application",
	session_id: "session",
	conversation_id: "conversation",
	attempt: "try",
};

export function detail(entry) {
	const cell = element("td", { colspan: "5" });
	const part = (title, content) => cell.append(element("h2", {}, title), content);
	const facts = Object.keys(FACTS).filter(name => entry[name]);
	if (entry.notes.length) {
		part("Notes", element("ul", {}, ...entry.notes.map(note => element("li", {}, note))));
	}
	for (const [name, title] of [["body", "Body"], ["answer", "Answer"]]) {
		if (entry[name]) part(title, element("pre", { tabindex: "0" }, pretty(entry[name])));
	}
	const pair = (name, value) => element(
		"div", {}, element("dt", {}, name), element("dd", {}, String(value)),
	);
	part("Details", element(
		"dl", {}, ...facts.map(name => pair(FACTS[name], entry[name])), pair("entry", entry.id),
	));
	return element("tr", { class: "detail" }, cell);
}
