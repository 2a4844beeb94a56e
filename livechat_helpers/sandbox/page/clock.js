// The sandbox's clock: shows it, moves it forward, stops it and runs it.

import { call, newest } from "./calls.js";
import { $, element, labelled } from "./elements.js";
import { control, line } from "./python.js";

const shown = element("p", { id: "now", role: "timer", "aria-label": "The sandbox's time" });
const seconds = element("input", { type: "number", min: "0", step: "any", value: "3600" });

const change = newest(
	order => (order ? call("PATCH", "clock", order) : call("GET", "clock")),
	({ now }) => (shown.textContent = `${now.slice(0, 10)} ${now.slice(11, 19)} UTC`),
);

export const refresh = () => change();

const step = control(
	"Go forward",
	() => line("clock.step", [seconds.valueAsNumber || 0]),
	() => change({ step: seconds.valueAsNumber || 0 }),
);
const stop = control("Stop", () => "sandbox.clock.stop(sandbox.clock.now())", async () => {
	const { now } = await call("GET", "clock");
	await change({ stop: now });
});
const run = control("Run", () => line("clock.run"), () => change({ run: true }));

seconds.addEventListener("input", step.update);
$("clock").append(
	shown, labelled("Seconds", seconds), step.element, stop.element, run.element,
);
