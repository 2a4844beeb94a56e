// Returns the texts that are too faint to read, in the elements that match a selector or
// on the whole page: https://www.w3.org/TR/WCAG22/#contrast-minimum
within => {
	const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
	const known = new Map();

	function rgba(colour) { // any colour space works
		if (!known.has(colour)) {
			pen.clearRect(0, 0, 1, 1);
			pen.fillStyle = colour;
			pen.fillRect(0, 0, 1, 1);
			known.set(colour, [...pen.getImageData(0, 0, 1, 1).data]);
		}
		return known.get(colour);
	}

	function over([r, g, b, alpha], below) {
		return [r, g, b].map((value, at) => (value * alpha + below[at] * (255 - alpha)) / 255);
	}

	function behind(node) {
		if (!node) return [255, 255, 255];
		const above = node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;
		const own = rgba(getComputedStyle(node).backgroundColor);
		return own[3] === 255 ? own.slice(0, 3) : over(own, behind(above));
	}

	function luminance(colour) {
		const [r, g, b] = colour.map(value => value / 255)
			.map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	}

	function contrast(one, other) {
		const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
		return (light + 0.05) / (dark + 0.05);
	}

	function isText(node) {
		const says = [...node.childNodes].some(each => each.nodeType === Node.TEXT_NODE && each.data.trim());
		const seen = node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
		return says && seen && !node.matches(':disabled, :disabled *, option');
	}

	function isFaint(node) {
		const { color, fontSize, fontWeight } = getComputedStyle(node);
		const size = parseFloat(fontSize); // px
		const isLarge = size >= 24 || (size >= 18.66 && fontWeight >= 700);
		const back = behind(node);
		return contrast(over(rgba(color), back), back) < (isLarge ? 3 : 4.5);
	}

	function* elements(root) {
		for (const each of root.querySelectorAll('*')) {
			yield each;
			if (each.shadowRoot) yield* elements(each.shadowRoot);
		}
	}

	const top = within ? document.querySelector(within) : document;
	const texts = [...elements(top.shadowRoot ?? top)].filter(isText);
	return texts.filter(isFaint).map(node => `too faint: ${node.outerHTML}`);
}
