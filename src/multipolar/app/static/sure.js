// How sure: the case asked again over draws of the elasticities; a band beside every number.

import { $, button, make } from "./dom.js";
import { picture } from "./answers.js";
import { show } from "./solve.js";
import { caseOf } from "./state.js";
import { worker } from "./working.js";

// The bands stay until the case changes: numbers of another case have none until they are asked for.
export function setUpSure() {
  const at = worker();
  const trouble = make("p", { className: "trouble", role: "alert", hidden: true });
  const start = button("How sure is this? (takes seconds)", async () => {
    const asked = caseOf();
    trouble.hidden = true;
    start.disabled = true;
    try {
      const found = await at.run({ case: asked }, "/api/range");
      if (!found) return;
      if (JSON.stringify(caseOf()) !== JSON.stringify(asked)) {
        throw new Error("The scenario was changed meanwhile; ask again.");
      }
      for (const figure of await show(found, (answer) => answer.csv)) await picture(figure);
      document.documentElement.dataset.ranged = found.draws;
    } catch (error) {
      trouble.hidden = false;
      trouble.textContent = error.message;
    } finally {
      start.disabled = false;
    }
  }, { className: "small", id: "how-sure" });
  $("sure").replaceChildren(start, at.node, trouble);
}
