// What the accounts claim: each claim judged under the case, on request; why and who says it below.

import { framed, write } from "./answers.js";
import { $, button, make } from "./dom.js";
import { caseOf } from "./state.js";
import { worker } from "./working.js";

export function setUpClaims() {
  const at = worker();
  const trouble = make("p", { className: "trouble", role: "alert", hidden: true });
  const place = make("div", { "aria-live": "polite" });
  const start = button("What the accounts claim, judged (takes seconds)", async () => {
    trouble.hidden = true;
    start.disabled = true;
    try {
      const found = await at.run({ case: caseOf() }, "/api/claims");
      if (found) show(found, place);
    } catch (error) {
      trouble.hidden = false;
      trouble.textContent = error.message;
    } finally {
      start.disabled = false;
    }
  }, { className: "small", id: "judge" });
  $("claims").replaceChildren(start, at.node, trouble, place);
}

function show(found, place) {
  const [answer] = found.answers;
  const section = framed(answer, { prefix: "judged-", csv: (each) => each.csv });
  const reasons = found.data.map((each) => make("li", {},
    make("strong", {}, `${each.says}: ${each.verdict}. `), each.lines.join(" ")));
  const details = make("details", {}, make("summary", {}, "Who says it, why, and what would turn it"), make("ul", {}, ...reasons));
  place.replaceChildren(make("p", { className: "unit" }, `Judged under: ${found.title}`), section, details);
  write(answer, "judged-");
  document.documentElement.dataset.judged = found.data.length;
}
