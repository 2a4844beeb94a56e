// The page as a whole: which view and application it shows, and how it looks.

import { call, newest, soon, telling } from "./calls.js";
import * as chats from "./chats.js";
import * as clock from "./clock.js";
import { $, options } from "./elements.js";
import * as faults from "./faults.js";
import * as snapshots from "./snapshots.js";
import * as stream from "./stream.js";
import "./trace.js";
import * as users from "./users.js";
import "./whole.js";

const VIEWS = ["trace", "chats", "users"];
const SIZES = [100, 125, 150, 175, 200]; // per cent
const views = { chats, users };

function view() {
	const asked = location.hash.slice(1);
	return VIEWS.includes(asked) ? asked : VIEWS[0];
}

async function show() {
	for (const name of VIEWS) {
		$(name).hidden = name !== view();
		const link = document.querySelector(`nav a[href="#${name}"]`);
		if (name === view()) link.setAttribute("aria-current", "page");
		else link.removeAttribute("aria-current");
	}
	$("application-choice").hidden = !views[view()];
	await refresh();
}

const listApplications = newest(() => call("GET", "applications"), ({ applications }) => {
	options($("application"), applications.map(({ id, name }) => [id, name]));
});

async function refresh() {
	await Promise.all([faults, clock, snapshots].map(each => each.refresh()));
	await listApplications();
	await views[view()]?.choose($("application").value);
}

users.onChats(name => {
	$("find-chat").value = name;
	location.hash = "chats";
});
const again = soon(() => refresh().catch(() => {})); // the stream says what's wrong
document.addEventListener("done", again);
stream.follow({ start: again, entries: again });
stream.open();
addEventListener("hashchange", () => telling(show));
$("application").addEventListener("input", () => telling(refresh));

// This browser remembers the appearance for next time.

function kept(name, otherwise) {
	return localStorage.getItem(`sandbox.${name}`) ?? otherwise;
}

function resize(by) {
	const at = SIZES.indexOf(Number(kept("size", 100))) + by;
	const size = SIZES[Math.min(Math.max(at, 0), SIZES.length - 1)];
	localStorage.setItem("sandbox.size", size);
	document.documentElement.style.fontSize = `${size}%`;
	$("smaller").disabled = size === SIZES[0];
	$("larger").disabled = size === SIZES.at(-1);
}

function colour(scheme) {
	document.documentElement.dataset.theme = scheme;
	$("theme").textContent = scheme === "dark" ? "Light" : "Dark";
}

const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
$("smaller").addEventListener("click", () => resize(-1));
$("larger").addEventListener("click", () => resize(1));
$("theme").addEventListener("click", () => {
	const other = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
	localStorage.setItem("sandbox.theme", other);
	colour(other);
});
resize(0);
colour(kept("theme", system));
telling(show);
