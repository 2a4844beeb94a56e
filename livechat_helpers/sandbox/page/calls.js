// Calls to the paths next to this page, and the message that people see when one fails.

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
		document.dispatchEvent(new Event("done")); // something else may be shown by now
	} catch (error) {
		$("said").textContent = error.message;
	}
}

// Answers can arrive out of order, so only the last request's answer is shown.
export function newest(ask, show) {
	let asked = 0;
	return async given => {
		const question = ++asked;
		const answer = await ask(given);
		if (question === asked) show(answer);
	};
}

// The action runs at most once per interval, no matter how often it's called.
export function soon(action, milliseconds = 250) {
	let timer;
	return () => {
		timer ??= setTimeout(() => {
			timer = undefined;
			action();
		}, milliseconds);
	};
}
