// The stream of events, for every part of the page that shows some of them.

import { $ } from "./elements.js";

const SAID = {
	new: "Connecting…",
	live: "Live",
	paused: "Paused",
	lost: "The sandbox doesn't answer. Trying again…",
	refused: "The sandbox refused the connection. Reload this page.",
};
let connection = "new";
const followers = [];

// follower: {changed, start, entries}, each called when that kind of news arrives.
export function follow(follower) {
	followers.push(follower);
}

export function report(isPaused) {
	const now = connection === "live" && isPaused ? "paused" : connection;
	$("state").dataset.is = now;
	if ($("state").textContent !== SAID[now]) $("state").textContent = SAID[now];
}

function tell(what, news) {
	for (const follower of followers) follower[what]?.(news);
}

export function open() {
	const events = new EventSource("trace/events");
	events.addEventListener("open", () => {
		connection = "live";
		tell("changed");
	});
	events.addEventListener("error", () => {
		connection = events.readyState === EventSource.CLOSED ? "refused" : "lost";
		tell("changed");
	});
	events.addEventListener("start", () => tell("start"));
	events.addEventListener("entries", ({ data }) => tell("entries", JSON.parse(data)));
}
