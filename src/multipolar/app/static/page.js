// The page: reads what can be chosen, restores what a link says, and wires the controls. No framework.

import { $, make, saveText } from "./dom.js";
import { listActs, mark, setUpAdder } from "./acts.js";
import { listAssumptions } from "./assumptions.js";
import { setUpGas, showGas } from "./gas.js";
import { setUpAsking } from "./asking.js";
import { ask, askJson, Refused } from "./server.js";
import { complain, onChange, solve } from "./solve.js";
import { setUpClaims } from "./claims.js";
import { setUpSure } from "./sure.js";
import { caseOf, EMPTY, fromHash, page, putLink } from "./state.js";
import { setUpPicker } from "./tiles.js";
import { learnWords } from "./words.js";

function changed({ step = false } = {}) {
  putLink({ step });
  mark();
  showGas();
  solve();
}

const change = () => changed(); // what controls call

// --- the scenario -----------------------------------------------------------------------------

async function load() {
  const s = page.state;
  page.scenario = s.base ? await askJson(`/api/scenarios/${encodeURIComponent(s.base)}`) : null;
  $("base").value = s.base;
  $("story").textContent = page.scenario?.story ?? "No act is in force. Add who taxes or sanctions whom, and move the slider.";
  $("adder").open = !s.base || s.added.length > 0;
  listActs(change);
  listAssumptions(change);
  showGas();
  showEvidence();
}

function showEvidence() {
  const facts = page.scenario?.evidence ?? [];
  $("evidence").hidden = !facts.length;
  $("facts").replaceChildren(
    ...(page.scenario?.contested ?? []).map((line) => make("li", { className: "contested" }, line)),
    ...facts.map((fact) => make("li", {}, fact.says, make("small", {}, ` ${fact.standing}`))));
}

// What a link says; a damaged one shows the first scenario, and says so.
async function restore() {
  try {
    page.state = fromHash(location.hash);
    await load();
  } catch (error) {
    page.state = structuredClone(EMPTY);
    await load();
    history.replaceState(null, "", location.pathname);
    await solve();
    complain(error instanceof Refused ? error.message : "This link is damaged; the first scenario is shown instead.");
    return;
  }
  await solve();
}

// Whether the server takes the case of a state; the refusal if not.
async function accepts(state) {
  try {
    await askJson("/api/solve", { case: caseOf(state) });
    return null;
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}

// --- controls ---------------------------------------------------------------------------------

async function download(path, body, name) {
  const done = $("done");
  done.textContent = "Making the file …";
  try {
    saveText(await (await ask(path, body)).blob(), name);
    done.textContent = `${name} is in your downloads.`;
  } catch (error) {
    done.textContent = error.message;
  }
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    $("done").textContent = "The link is copied; it holds the whole scenario.";
  } catch {
    $("done").textContent = `Copy it from the address bar: ${location.href}`;
  }
}

async function choose() {
  const { assume, first, watch } = page.state;
  page.state = { ...structuredClone(EMPTY), base: $("base").value, assume, first, watch };
  await load();
  changed({ step: true });
}

async function undo() {
  page.state = { ...structuredClone(EMPTY), base: page.state.base };
  await load();
  changed({ step: true });
}

function keep() {
  page.state.first = caseOf();
  $("done").textContent = "Kept as the first scenario. Change something: the comparison follows.";
  changed();
}

function wire() {
  const name = () => page.state.base || "scenario";
  const clicks = {
    toml: () => download("/api/toml", caseOf(), `${name()}-page.toml`),
    csv: () => download("/api/csv", { case: caseOf() }, `${name()}.csv`),
    workbook: () => download("/api/workbook", caseOf(), `${name()}.xlsx`),
    report: () => download("/api/report", caseOf(), `${name()}.html`),
    link: copyLink, keep, reset: undo,
  };
  for (const [id, act] of Object.entries(clicks)) $(id).addEventListener("click", act);
  for (const form of document.forms) form.addEventListener("submit", (event) => event.preventDefault());
  $("base").addEventListener("change", choose);
  window.addEventListener("popstate", restore);
}

try {
  page.choices = await askJson("/api/choices");
  const cases = page.choices.scenarios.map((each) => make("option", { value: each.name }, each.title));
  $("base").replaceChildren(...cases, make("option", { value: "" }, "Build one from nothing"));
  learnWords();
  onChange(change);
  setUpAdder(accepts, change);
  setUpPicker(change);
  setUpGas(change);
  wire();
  setUpAsking();
  setUpSure();
  setUpClaims();
  await restore();
} catch (error) {
  complain(error.message);
  if (!(error instanceof Refused)) throw error;
}
