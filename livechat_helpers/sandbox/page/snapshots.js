// Snapshots: save the state under a name, and restore it.

import { call, newest, telling } from "./calls.js";
import { $, element, fill, labelled } from "./elements.js";
import { control, line } from "./python.js";

const name = element("input", { value: "before", autocomplete: "off", spellcheck: "false" });
const path = given => `snapshots/${encodeURIComponent(given)}`;
const list = element("div", { id: "kept" });

const keep = control("Save", () => line("snapshot", [name.value.trim()]), async () => {
	await call("PUT", path(name.value.trim()));
	await refresh();
});

export const refresh = newest(() => call("GET", "snapshots"), ({ snapshots }) => {
	fill(list, snapshots, kept => control(
		`Restore ${kept}`,
		() => line("restore", [kept]),
		() => call("POST", `${path(kept)}/restore`, {}),
	).element);
});

name.addEventListener("input", keep.update);
$("snapshots").append(labelled("Name", name), keep.element, list);
name.addEventListener("keydown", event => {
	if (event.key === "Enter") telling(() => keep.button.click());
});
