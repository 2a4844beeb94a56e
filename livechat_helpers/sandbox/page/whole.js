// The whole state: clears it, writes it to a file, and reads it from one.

import { call, telling } from "./calls.js";
import { $, element } from "./elements.js";
import { control, line } from "./python.js";

const SURE = 4000; // milliseconds within which a second click clears everything

const empty = control("Reset", () => line("reset"), async () => {
	if (empty.button.dataset.sure) {
		sure(false);
		await call("POST", "reset", {});
	} else {
		sure(true);
		setTimeout(sure, SURE, false);
	}
});

function sure(is) {
	if (is) empty.button.dataset.sure = "1";
	else delete empty.button.dataset.sure;
	empty.button.textContent = is ? "Empty everything?" : "Reset";
}

const save = control("Export", () => line("export_state", ["state.json"]), () => {
	element("a", { href: "state", download: "state.json" }).click();
});

const file = element("input", { type: "file", accept: ".json,application/json", hidden: "" });
const load = control("Import", () => line("import_state", ["state.json"]), () => file.click());
file.addEventListener("change", async () => {
	const [chosen] = file.files;
	if (!chosen) return;
	await telling(async () => call("PUT", "state", await chosen.text()));
	file.value = "";
});

$("whole").append(empty.element, save.element, load.element, file);
