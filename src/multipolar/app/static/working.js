// Working: what takes longer than a moment, with a line that tells where it has got to.

import { button, capital, make } from "./dom.js";
import { askLong, Refused } from "./server.js";

// A line that tells where the work has got to, and stops it. Returns {node, run, stop}.
export function worker() {
  const text = make("span", { role: "status" });
  const elapsed = make("span", { className: "elapsed" });
  const bar = make("progress", { hidden: true });
  let controller = null;
  const stop = () => controller?.abort();
  const node = make("div", { className: "progress", hidden: true }, text, bar, elapsed, button("Stop", stop, { className: "small stop" }));
  const hear = ({ step, done, total }) => {
    text.textContent = total ? `${capital(step)} (${done} of ${total})` : capital(step);
    bar.hidden = !total;
    if (total) Object.assign(bar, { max: total, value: done });
  };
  // The answer; null where it was stopped; throws `Refused`.
  const run = async (body, path = "/api/ask") => {
    const mine = (controller = new AbortController());
    const began = performance.now();
    const tick = () => { elapsed.textContent = `${((performance.now() - began) / 1000).toFixed(0)} s`; };
    const clock = setInterval(tick, 500);
    hear({ step: "asking" });
    tick();
    node.hidden = false;
    try {
      return await askLong(path, body, mine.signal, hear);
    } catch (error) {
      if (error.name === "AbortError") return null;
      if (!(error instanceof Refused)) throw new Refused("The server ended the answer half-way.");
      throw error;
    } finally {
      clearInterval(clock);
      node.hidden = true;
    }
  };
  return { node, run, stop };
}
