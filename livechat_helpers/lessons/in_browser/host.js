// Asks the kernel for scripts, and runs each one in a frame.

const PAUSE = 500; // ms between two requests to a kernel that doesn't answer
const TRIES = 20;

/** Runs a kernel's scripts as long as an element is on the page and the kernel is
 * alive. */
export async function work(base, place) {
  let failed = 0;
  while (place.isConnected && failed < TRIES) {
    try {
      const job = await (await fetch(`${base}next`)).json();
      failed = 0;
      if (job) await done(base, job.id, await run(base, job));
    } catch {
      failed += 1;
      await new Promise(resolve => setTimeout(resolve, PAUSE));
    }
  }
}

function done(base, id, result) {
  return fetch(`${base}done/${id}`, { method: 'POST', body: JSON.stringify(result) });
}

/** Returns the address of the frame's page, which uses this machine's other name if it
 * has one. */
function pageOf(base) {
  const page = new URL(`${base}run.html`, location.href);
  // With the other name, the browser runs it in a separate process, and an endless
  // script blocks that process instead of the notebook.
  const other = { localhost: '127.0.0.1', '127.0.0.1': 'localhost' };
  page.hostname = other[location.hostname] ?? page.hostname;
  return page.href;
}

/** Runs a job in a separate frame. */
function run(base, job) {
  const frame = document.createElement('iframe');
  // The sandbox accepts only this machine's pages, and a page without an origin isn't one.
  frame.sandbox = 'allow-scripts allow-same-origin';
  frame.title = 'Runs a script of the notebook';
  // It's invisible but in view, because browsers don't draw what's out of view.
  frame.style = `position: fixed; inset: 0; width: ${job.width}px; height: 600px;
    border: 0; opacity: 0; pointer-events: none; z-index: -1`;
  return new Promise(resolve => {
    const finish = result => {
      clearTimeout(timer);
      removeEventListener('message', listen);
      frame.remove();
      resolve(result);
    };
    const listen = ({ source, data }) => {
      if (source !== frame.contentWindow) return;
      if (data === 'ready') frame.contentWindow.postMessage(job, '*');
      else finish(data);
    };
    const timer = setTimeout(() => finish({ late: true }), job.seconds * 1000);
    addEventListener('message', listen);
    frame.src = pageOf(base);
    document.body.append(frame);
  });
}
