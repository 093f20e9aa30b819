// Tiles: real income of those whom the scenario names, and of those whom the reader picks.

import { $, button, make, signed } from "./dom.js";
import { page } from "./state.js";
import { codeOf, nameOf } from "./words.js";

const USUAL = ["USA", "CHN", "DEU", "JPN", "IND", "RUS", "MEX", "VNM"];
const MOST = 8;
const NEAR_ZERO = 0.05; // %, as in the headline: below it the sign depends on the assumptions

export function showTiles(income, changed) {
  const s = page.state;
  const usual = page.scenario?.headline.length ? page.scenario.headline : USUAL;
  const acting = s.added.flatMap((act) => Object.values(act.fields).flat());
  const codes = [...new Set([...s.watch, ...acting, ...usual])].filter((code) => code in income);
  $("tiles").replaceChildren(...codes.slice(0, Math.max(MOST, s.watch.length)).map((code) => tile(code, income[code], changed)));
}

function tile(code, change, changed) {
  const value = 100 * change;
  const kind = Math.abs(value) < NEAR_ZERO ? "" : value < 0 ? "loss" : "gain";
  const name = make("dt", {}, nameOf(code, "countries"));
  const s = page.state;
  if (s.watch.includes(code)) {
    const drop = () => { s.watch = s.watch.filter((each) => each !== code); changed(); };
    name.append(button("×", drop, { "aria-label": `No longer show ${nameOf(code, "countries")}` }));
  }
  return make("div", {}, name, make("dd", { className: kind, "data-country": code }, `${signed(value, 2)} %`));
}

export function setUpPicker(changed) {
  const entry = $("watch");
  const trouble = $("watch-trouble");
  const take = () => {
    if (!entry.value.trim()) return;
    const code = codeOf(entry.value, "countries");
    const { countries, blocs } = page.choices;
    trouble.hidden = code in countries || code in blocs;
    trouble.textContent = `${entry.value} is none of the ${Object.keys(countries).length} economies and no bloc.`;
    if (!trouble.hidden) return;
    entry.value = "";
    if (page.state.watch.includes(code)) return;
    page.state.watch.push(code);
    changed();
  };
  entry.addEventListener("change", take);
  entry.addEventListener("input", (event) => {
    if (!event.inputType || event.inputType === "insertReplacementText") if (codeOf(entry.value, "countries") !== entry.value.trim()) take();
  });
  entry.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); take(); } });
}
