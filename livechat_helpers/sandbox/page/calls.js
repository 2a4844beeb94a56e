// Calls to the paths next to this page, and what people read when one fails.

import { $ } from "./elements.js";

export async function call(method, path, body) {
	const content = body === undefined ? {} : {
		body: typeof body === "string" ? body : JSON.stringify(body),
		headers: { "content-type": "application/json" },
	};
	let answer;
	try {
		answer = await fetch(path, { method, ...content });
	} catch {
		throw new Error("The sandbox doesn't answer.");
	}
	const text = await answer.text();
	const said = text ? JSON.parse(text) : null;
	if (!answer.ok) {
		const wrong = (said.invalid_parameters ?? []).map(each => each.reason);
		throw new Error([said.detail ?? said.title, ...wrong].join(" "));
	}
	return said;
}

export async function telling(action) {
	try {
		$("said").textContent = "";
		await action();
		document.dispatchEvent(new Event("done")); // what is shown may be another now
	} catch (error) {
		$("said").textContent = error.message;
	}
}

export function soon(action, milliseconds = 250) {
	let timer;
	return () => {
		clearTimeout(timer);
		timer = setTimeout(action, milliseconds);
	};
}
