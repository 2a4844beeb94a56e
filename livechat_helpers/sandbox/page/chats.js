// Chats: find one, read it, and write in it as one of its members.

import { call, soon, telling } from "./calls.js";
import { $, element, fill, options } from "./elements.js";
import { time } from "./entries.js";
import { codeLine, line } from "./python.js";

let application = "";
let opened = null; // the id of the chat that is shown
let earliest = null; // the id of the first of its events that's shown
let wanted = 0; // answers to older requests are dropped

const sending = codeLine();
$("send-line").append(sending.element);

export async function choose(id) {
	application = id;
	await refresh();
}

export async function refresh() {
	const question = ++wanted;
	const search = encodeURIComponent($("find-chat").value.trim());
	const found = application
		? await call("GET", `applications/${application}/conversations?search=${search}`)
		: { conversations: [], more: false };
	if (question !== wanted) return;
	const chats = found.conversations;
	fill($("conversations"), chats, item);
	for (const each of $("conversations").querySelectorAll("button")) {
		each.setAttribute("aria-current", String(each.dataset.id === opened));
	}
	$("no-chats").hidden = chats.length > 0 && !found.more;
	$("no-chats").textContent = found.more
		? "There are more. Type part of the name, a member or the id."
		: search
			? "No chat matches your search."
			: "This application has no conversations yet.";
	if (opened) await read();
}

// Most conversations have a generated name, so their members' names say more.
function title({ display_name, name }, members) {
	return display_name || members.join(", ") || name;
}

function item(chat) {
	const open = element(
		"button",
		{ type: "button", "data-id": chat.id },
		element("strong", {}, title(chat, chat.members)),
		element("span", { class: "id" }, chat.name),
		element("span", { class: "last" }, chat.last ? words(chat.last) : "no events"),
	);
	open.addEventListener("click", () => telling(() => show(chat.id)));
	return element("li", {}, open);
}

export async function show(id) {
	if (id !== opened) {
		opened = id;
		earliest = null;
	}
	await refresh();
}

async function read() {
	const question = wanted;
	const list = $("events");
	const isNew = earliest === null;
	const atEnd = isNew || list.scrollHeight - list.scrollTop - list.clientHeight < 40;
	let chat;
	try {
		const from = earliest ? `?from=${earliest}` : "";
		chat = await call("GET", `conversations/${opened}${from}`);
	} catch {
		opened = null; // it's gone, perhaps after a reset
	}
	if (question !== wanted) return;
	$("chat").hidden = !opened;
	if (!opened) return;
	const joined = chat.members.filter(({ state }) => state === "JOINED").map(({ name }) => name);
	const others = chat.members
		.filter(({ state }) => state !== "JOINED")
		.map(({ name, state }) => `${name} (${state.toLowerCase()})`);
	$("chat-name").textContent = title(chat, joined);
	$("chat-about").textContent = [chat.id, ...others].join(" · ");
	options($("sender"), [...joined.map(name => [name, name]), ["", "the application"]]);
	if (isNew) $("sender").selectedIndex = 0;
	fill(list, chat.events, shape);
	$("earlier").hidden = !chat.more;
	earliest = chat.events[0]?.id ?? null;
	if (atEnd) list.scrollTop = list.scrollHeight;
	showLine();
}

function shape(event) {
	const name = event.sender ?? "application";
	const speaks = /^(message|text)$/.test(event.type);
	return element(
		"li",
		{ class: speaks ? "says" : "does" },
		element("span", { class: "who" }, name),
		element("span", { class: "what" }, words(event)),
		element("span", { class: "when" }, `${event.id} · ${time(event.timestamp)}`),
	);
}

function words({ type, body }) {
	if (body?.timestamp?.deleted) return "(deleted)";
	const text = typeof body?.text === "string" ? body.text : body?.message_type;
	if (/^(message|text)$/.test(type) && text) return text;
	if (type.startsWith("member:")) return type;
	const rest = JSON.stringify(body ?? {});
	return rest === "{}" ? type : `${type} ${rest.length > 120 ? `${rest.slice(0, 120)}…` : rest}`;
}

function showLine() {
	const sender = $("sender").value;
	sending.show(line("send", [opened, $("message").value || "Hello"], { sender }));
}

for (const id of ["sender", "message"]) $(id).addEventListener("input", showLine);
$("find-chat").addEventListener("input", soon(() => telling(refresh)));
$("earlier").addEventListener("click", () => telling(async () => {
	earliest = Math.max(1, earliest - 100);
	await read();
}));
$("send").addEventListener("submit", event => {
	event.preventDefault();
	telling(async () => {
		const text = $("message").value;
		await call("POST", `conversations/${opened}/events`, {
			body: { message_type: "text", text },
			...($("sender").value && { sender: $("sender").value }),
		});
		$("message").value = "";
		$("events").scrollTop = $("events").scrollHeight;
		await refresh();
	});
});
