// The users, whether they're connected, and their chats.

import { call, newest, soon, telling } from "./calls.js";
import { $, element, fill } from "./elements.js";

let application = "";
let showChats = () => {};

// then: called with a name to show that user's chats.
export function onChats(then) {
	showChats = then;
}

export async function choose(id) {
	application = id;
	await refresh();
}

const search = () => encodeURIComponent($("find-user").value.trim());

export const refresh = newest(find, found => {
	fill($("user-rows"), found.users, row);
	$("no-users").hidden = found.users.length > 0 && !found.more;
	$("no-users").textContent = found.more
		? "There are more. Type part of the name or the id."
		: search()
			? "No user matches your search."
			: "This application has no users yet.";
});

async function find() {
	if (!application) return { users: [], more: false };
	return call("GET", `applications/${application}/users?search=${search()}`);
}

function row({ id, name, display_name, sessions, conversations }) {
	const chats = element("button", { type: "button", "aria-label": `Chats of ${name}` }, String(conversations));
	chats.addEventListener("click", () => showChats(name));
	return element(
		"tr",
		{},
		element("th", { scope: "row" }, name),
		element("td", {}, display_name ?? ""),
		element("td", { class: sessions ? "good" : "" }, sessions ? `yes (${sessions})` : "no"),
		element("td", {}, chats),
		element("td", { class: "id" }, id),
	);
}

$("find-user").addEventListener("input", soon(() => telling(refresh)));
