// Finds and makes elements of the page. Text is always text, never markup.

export const $ = id => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
	made.append(...children);
	return made;
}

export function labelled(text, field) {
	return element("label", {}, text, field);
}

// Fills an element, unless it already shows exactly that: refilling would lose the
// focus.
export function fill(target, content, make) {
	const key = JSON.stringify(content);
	if (target.dataset.content === key) return;
	target.dataset.content = key;
	target.replaceChildren(...content.map(make));
}

export function options(select, choices) {
	const before = select.value;
	fill(select, choices, ([value, text]) => element("option", { value }, text));
	if (choices.some(([value]) => value === before)) select.value = before;
}
