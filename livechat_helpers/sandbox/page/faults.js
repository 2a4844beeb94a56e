// Deliberate faults: start one, list the active ones, and end them.

import { call, newest, telling } from "./calls.js";
import { $, element, fill, labelled, options } from "./elements.js";
import { control, line } from "./python.js";

// What each fault takes: its fields, positional ones first.
const KINDS = {
	refuse: ["Refuse requests", ["status"], ["times", "user", "path"]],
	delay: ["Answer late", ["seconds"], ["times", "user", "path"]],
	hang: ["Don't answer", [], ["times", "user", "path"]],
	drop_reply: ["Lose the answer", [], ["times", "user", "path"]],
	drop_sockets: ["Break websockets", [], ["user"]],
	half_open: ["Websockets go silent", [], ["user"]],
	duplicate_events: ["Events twice", [], ["times", "user"]],
	reorder_events: ["Events out of order", [], ["times", "user"]],
	stop_webhooks: ["Hold webhooks back", [], []],
	duplicate_webhooks: ["Repeat webhooks", [], ["times"]],
	reorder_webhooks: ["Webhooks out of order", [], ["times"]],
	expire_tokens: ["Expire tokens", [], ["user"]],
};
const FIELDS = {
	status: ["Status", { type: "number", min: "400", max: "599", value: "503" }],
	seconds: ["Seconds", { type: "number", min: "0", step: "any", value: "3" }],
	times: ["Times", { type: "number", min: "1", value: "1" }],
	user: ["User", { placeholder: "everybody", autocomplete: "off" }],
	path: ["Path", { placeholder: "/**", autocomplete: "off", spellcheck: "false" }],
};
const HAPPENED = ["hasn't happened yet", "happened once"];

const kind = element("select");
options(kind, Object.entries(KINDS).map(([value, [text]]) => [value, text]));
const inputs = Object.fromEntries(
	Object.entries(FIELDS).map(([name, [, attributes]]) => [name, element("input", attributes)]),
);
const fields = Object.fromEntries(
	Object.entries(FIELDS).map(([name, [text]]) => [name, labelled(text, inputs[name])]),
);

function values(names) {
	return Object.fromEntries(
		names
			.map(name => [name, inputs[name].type === "number" ? inputs[name].valueAsNumber : inputs[name].value.trim()])
			.filter(([, value]) => value !== "" && !Number.isNaN(value)),
	);
}

function asPython(order) {
	const [, first] = KINDS[order.kind];
	const given = first.map(name => order[name]);
	const { kind: _, lasting: __, ...said } = order;
	if (said.path === "/**") delete said.path; // no path means every path
	const named = Object.fromEntries(
		Object.entries(said).filter(([name]) => !first.includes(name)),
	);
	return line(`faults.${order.kind}`, given, named);
}

function order() {
	const [, first, others] = KINDS[kind.value];
	return { kind: kind.value, ...values([...first, ...others]) };
}

const start = control("Start", () => asPython(order()), async () => {
	await call("POST", "faults", order());
	await refresh();
});
const end = control("End all", () => line("faults.clear"), async () => {
	await call("DELETE", "faults");
	await refresh();
});
const active = element("ul", { id: "active-faults" });

function arrange() {
	const [, first, others] = KINDS[kind.value];
	for (const [name, field] of Object.entries(fields)) {
		field.hidden = ![...first, ...others].includes(name);
	}
	start.update();
}

export const refresh = newest(() => call("GET", "faults"), ({ faults }) => {
	fill(active, faults.filter(each => each.active), item);
	end.element.hidden = !faults.length;
});

function item({ id, order, met }) {
	const undo = element("button", { type: "button", "aria-label": `End ${order.kind}` }, "End");
	undo.addEventListener("click", () => telling(async () => {
		await call("DELETE", `faults/${id}`);
		await refresh();
	}));
	return element("li", {}, element("code", {}, asPython(order)), ` ${HAPPENED[met] ?? `happened ${met} times`} `, undo);
}

$("faults").append(
	labelled("What happens", kind),
	element("div", { class: "fields" }, ...Object.values(fields)),
	start.element,
	active,
	end.element,
);
kind.addEventListener("input", arrange);
for (const input of Object.values(inputs)) input.addEventListener("input", start.update);
arrange();
