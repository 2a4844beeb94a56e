// Shows the line of Python that does the same, next to each button. A click copies it.

import { element } from "./elements.js";
import { telling } from "./calls.js";

export function literal(value) {
	if (value === null || value === undefined) return "None";
	if (typeof value === "boolean") return value ? "True" : "False";
	if (typeof value === "number") return String(value);
	return JSON.stringify(value).replace(/[\u007f-\uffff]/g, character =>
		/\p{L}|\p{N}|\p{P}|\p{S}/u.test(character)
			? character
			: `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);
}

// named: keyword arguments; those that are empty are left out.
export function line(name, given = [], named = {}) {
	const keywords = Object.entries(named)
		.filter(([, value]) => value !== "" && value !== undefined && value !== null)
		.map(([key, value]) => `${key}=${literal(value)}`);
	return `sandbox.${name}(${[...given.map(literal), ...keywords].join(", ")})`;
}

export function codeLine() {
	const code = element("code");
	const copy = element("button", { type: "button", class: "python", title: "Copy" }, code);
	copy.addEventListener("click", async () => {
		await navigator.clipboard?.writeText(code.textContent);
		copy.classList.add("copied");
		setTimeout(() => copy.classList.remove("copied"), 1200);
	});
	return {
		element: copy,
		show: text => {
			code.textContent = text;
			copy.setAttribute("aria-label", `Copy: ${text}`);
		},
	};
}

// A button and its line of Python. python: returns the line for the fields' current
// values.
export function control(text, python, action) {
	const button = element("button", { type: "button", class: "do" }, text);
	const code = codeLine();
	const update = () => code.show(python());
	button.addEventListener("click", () => telling(action));
	update();
	return { element: element("div", { class: "control" }, button, code.element), button, update };
}
