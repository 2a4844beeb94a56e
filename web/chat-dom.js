// Makes elements, and loads what the window needs, again if it fails.

/** Makes an element: h('p.name', {...}). Strings become text, never markup. */
export function h(tag, properties, ...children) {
	const [name, className = ''] = tag.split('.');
	const element = Object.assign(document.createElement(name), { className }, properties);
	element.append(...children);
	return element;
}

const said = new WeakMap();

/**
 * Sets an element's text, unless it's unchanged: a screen reader would read it again.
 * Don't ask the element for its text, because a browser may have translated it.
 */
export function say(element, text) {
	if (said.get(element) === text) return;
	said.set(element, text);
	element.textContent = text;
}

/** Draws an icon from an SVG path, 24 units wide and high. */
export function icon(path) {
	const [svg, line] = ['svg', 'path'].map(name => document.createElementNS('http://www.w3.org/2000/svg', name));
	svg.setAttribute('viewBox', '0 0 24 24');
	svg.ariaHidden = 'true';
	line.setAttribute('d', path);
	svg.append(line);
	return svg;
}

/** Repeats an action until it works. The action gets the number of failures so far. */
export async function again(act) {
	for (let failed = 0; ; failed++) {
		try {
			return await act(failed);
		} catch {
			await new Promise(resolve => { setTimeout(resolve, Math.min(15_000, 250 * 2 ** failed)); });
		}
	}
}

/** Loads a module or, if its name says so, a stylesheet of this folder. */
export function load(name) {
	// A browser may remember that a module failed, so load it under another name: the
	// website also serves this folder as web-1, web-2 and so on, with everything the
	// module imports.
	const url = failed => new URL(failed ? `../web-${failed}/${name}` : name, import.meta.url);
	if (!name.endsWith('.css')) return again(failed => import(url(failed)));
	return again(async () => {
		const answer = await fetch(url(0));
		if (!answer.ok) throw new Error(name);
		return new CSSStyleSheet().replace(await answer.text());
	});
}

/** Keeps a text in the browser's storage, if that's allowed; returns what's kept. */
export function kept(name, value, storage = 'sessionStorage') {
	try {
		if (value !== undefined) window[storage][`chat-${name}`] = value;
		return window[storage][`chat-${name}`] ?? '';
	} catch {
		return value ?? '';
	}
}
