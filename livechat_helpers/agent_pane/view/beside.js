// The customer page next to the pane. On one machine, it has a separate address, so
// that its scripts can't reach Jupyter. A browser that reaches only Jupyter, for example
// through a forwarded port, gets the page under Jupyter's path.

import { h } from "./dom.js";

const LOOPBACK = ["localhost", "127.0.0.1"];
const ANSWERS_WITHIN = 20_000; // ms; the first request under Jupyter's path may start the website

/** Returns a frame that shows a page of the kernel's machine. */
export function beside(page) {
  const frame = h("iframe.page", { title: "Customer page" });
  addressOf(page).then((address) => (frame.src = address.href));
  return frame;
}

/** Returns the address where this browser reaches a page.
 *
 * If this browser runs on another machine, anything may answer at "localhost". So ask
 * both ways who's there, and trust Jupyter's answer. */
async function addressOf(page) {
  const address = new URL(page, location.href);
  const base = jupyterBase();
  if (!base || !LOOPBACK.includes(address.hostname) || address.origin === location.origin) return address;
  const isLocal = LOOPBACK.includes(location.hostname);
  // Under JupyterLab's name, both belong to one site, and the page keeps its cookie.
  if (isLocal) address.hostname = location.hostname;
  const byJupyter = new URL(`livechat${address.pathname}${address.hash}`, base);
  const [there, here] = await Promise.all([whoIs(byJupyter), isLocal ? whoIs(address) : null]);
  const isOurs = there && String(there.port) === address.port;
  return isOurs && here?.id !== there.id ? byJupyter : address;
}

async function whoIs(page) {
  try {
    const answer = await fetch(new URL("here", page), { signal: AbortSignal.timeout(ANSWERS_WITHIN) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Returns the address of the Jupyter server that shows this page, or null. */
function jupyterBase() {
  const said = document.getElementById("jupyter-config-data");
  const base = said ? JSON.parse(said.textContent).baseUrl : document.body.dataset.baseUrl;
  return base ? new URL(base, location.href) : null;
}
