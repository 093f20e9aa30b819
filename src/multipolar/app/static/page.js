// The page: what is chosen (state), the case that it makes, and the answer shown. No framework.

import { draw, drawn, feed, remember } from "./pictures.js";

const $ = (id) => document.getElementById(id);
const EMPTY = { base: "may-2025", off: [], moved: {}, added: [], assume: {}, tariffs: true, first: null };
const TILES = ["USA", "CHN", "DEU", "JPN", "IND", "RUS", "MEX", "VNM"];
const NEAR_ZERO = 0.05; // %, as in the headline: below it the sign depends on the assumptions

let choices; // what can be asked for
let scenario; // the shipped scenario that the case starts from
let state = structuredClone(EMPTY);

// --- the server -----------------------------------------------------------------------------

class Refused extends Error {}

async function ask(path, body) {
  let answer;
  try {
    answer = await fetch(path, body === undefined ? {} : {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refused("The server does not answer. Is `multipolar serve` still running?");
  }
  if (answer.ok) return answer;
  const { message, field } = await answer.json().catch(() => ({ message: answer.statusText }));
  throw new Refused(field ? `${field}: ${message}` : message);
}

const askJson = async (path, body) => (await ask(path, body)).json();

// --- state, case, link ----------------------------------------------------------------------

function sides(act) {
  return act.act === "tariff" ? ["importer", "exporter"] : ["exporter", "importer"];
}

function mirrored(act) {
  const [actor, other] = sides(act);
  const everyone = act.fields[other] === "*" ? ["*", `-${act.fields[actor]}`] : act.fields[other];
  return {
    id: `${act.id}-answer`, act: act.act,
    ...act.fields, [actor]: everyone, [other]: act.fields[actor],
  };
}

function caseOf(s) {
  const acts = [];
  for (const act of s.base ? scenario.acts : []) {
    if (act.id in s.moved && !s.off.includes(act.id)) {
      const field = choices.sliders[act.act].field;
      acts.push({ id: act.id, act: act.act, ...act.fields, [field]: s.moved[act.id] });
    }
  }
  for (const act of s.added) {
    if (act.off) continue;
    acts.push({ id: act.id, act: act.act, ...act.fields });
    if (act.answered) acts.push(mirrored(act));
  }
  const without = s.base ? [...new Set([...s.off, ...Object.keys(s.moved)])] : [];
  return { base: s.base, without, acts, assumptions: s.assume, tariffs: s.tariffs };
}

function toHash(s) {
  const short = Object.fromEntries(
    Object.entries(s).filter(([k, v]) => JSON.stringify(v) !== JSON.stringify(EMPTY[k])),
  );
  if (!Object.keys(short).length) return "";
  const bytes = new TextEncoder().encode(JSON.stringify(short));
  return "#" + btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromHash(hash) {
  if (hash.length < 2) return structuredClone(EMPTY);
  const text = atob(hash.slice(1).replaceAll("-", "+").replaceAll("_", "/"));
  const read = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0))));
  const known = Object.fromEntries(Object.entries(read).filter(([k]) => k in EMPTY));
  return { ...structuredClone(EMPTY), ...known };
}

function changed() {
  history.replaceState(null, "", location.pathname + toHash(state));
  mark();
  solve();
}

// --- solving: one request under way, the newest state waiting ---------------------------------

let underWay = false;
let again = false;
let shownKeys = "";

async function solve() {
  if (underWay) {
    again = true;
    return;
  }
  underWay = true;
  const began = performance.now();
  $("results").setAttribute("aria-busy", "true");
  try {
    const asked = caseOf(state);
    let found = await askJson("/api/solve", { case: asked, specs: shownKeys === "" });
    if (keysOf(found) !== shownKeys && shownKeys !== "") {
      found = await askJson("/api/solve", { case: asked, specs: true });
    }
    document.documentElement.dataset.answered = (performance.now() - began).toFixed(1);
    const later = await show(found);
    complain("");
    $("status").textContent =
      `${found.assumptions}. World ${found.world}; equilibrium ${found.status}, ` +
      `${found.milliseconds.toFixed(0)} ms to solve, residual ${found.residual.toExponential(0)}.`;
    document.documentElement.dataset.milliseconds = (performance.now() - began).toFixed(1);
    document.documentElement.dataset.solves = 1 + Number(document.documentElement.dataset.solves ?? 0);
    if (state.first && !again) await compare();
    await rest(later);
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error);
    complain(error.message);
  }
  $("results").setAttribute("aria-busy", "false");
  underWay = false;
  if (again) {
    again = false;
    solve();
  }
}

const keysOf = (found) => found.answers.flatMap((a) => [a.key, ...a.figures.map((f) => f.key)]).join();

function complain(message) {
  $("complaint").hidden = !message;
  $("complaint").textContent = message;
  $("results").classList.toggle("stale", Boolean(message));
}

// --- showing ----------------------------------------------------------------------------------

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name === "className" ? "class" : name, value);
  }
  node.append(...children);
  return node;
}

const signed = (value, digits) => {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : (value < 0 ? "−" : "+") + text;
};

async function show(found) {
  document.title = `${found.title} – multipolar`;
  showTiles(found.real_income);
  const [first, ...rest] = found.headline;
  const hedge = rest.pop();
  $("headline").replaceChildren(make("p", { className: "first" }, first));
  $("more").replaceChildren(
    ...rest.map((line) => make("p", {}, line)),
    make("p", { className: "hedge" }, hedge),
  );
  const keys = keysOf(found);
  if (keys !== shownKeys) {
    $("map").replaceChildren();
    $("answers").replaceChildren(...found.answers.map(frame));
    shownKeys = keys;
  }
  for (const answer of found.answers) write(answer);
  const figures = found.answers.flatMap((a) => a.figures);
  figures.forEach(remember);
  const inView = figures.filter((f) => near($(`figure-${f.key}`)));
  for (const figure of inView) await picture(figure);
  return figures.filter((f) => !inView.includes(f));
}

// What is out of sight is drawn after, unless newer numbers are on their way.
async function rest(figures) {
  for (const figure of figures) {
    if (again) return;
    await new Promise((done) => { setTimeout(done); });
    await picture(figure);
  }
}

function near(node) {
  const { top, bottom } = node.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

function showTiles(income) {
  const codes = (scenario?.headline.length ? scenario.headline : TILES).slice(0, 8);
  const named = state.added.flatMap((a) => Object.values(a.fields)).filter((c) => c in income);
  const tiles = [...new Set([...named, ...codes])].slice(0, 8).map((code) => {
    const value = 100 * income[code];
    const kind = Math.abs(value) < NEAR_ZERO ? "" : value < 0 ? "loss" : "gain";
    const number = make("dd", { className: kind, "data-country": code }, `${signed(value, 2)} %`);
    return make("div", {}, make("dt", {}, choices.countries[code]), number);
  });
  $("tiles").replaceChildren(...tiles);
}

function frame(answer) {
  const section = make("section", { id: `answer-${answer.key}` }, make("h2", {}, answer.title));
  for (const figure of answer.figures) {
    const place = figure.key.startsWith("map-") && !$("map").hasChildNodes() ? $("map") : section;
    place.append(figureFrame(figure));
  }
  const table = make("div", { className: "scroll" });
  if (answer.figures.length) {
    section.append(make("details", { className: "numbers" }, make("summary", {}, "The numbers"), table));
  } else {
    section.append(table);
  }
  section.append(make("p", { className: "remark" }));
  return section;
}

function figureFrame(figure) {
  const parts = [make("p", { className: "unit" }, figure.subtitle), make("div", { className: "picture" })];
  return make("figure", { id: `figure-${figure.key}` },
    make("h3", {}, figure.title), ...parts, make("figcaption", {}, figure.caption));
}

function write(answer) {
  const section = $(`answer-${answer.key}`);
  section.querySelector(".scroll").replaceChildren(tableOf(answer));
  section.querySelector(".remark").textContent = answer.remark;
}

async function picture(figure) {
  const node = $(`figure-${figure.key}`);
  node.querySelector("figcaption").textContent = figure.caption;
  if (drawn(figure.key)) await feed(figure);
  else await draw(figure, node.querySelector(".picture"));
}

function tableOf(answer) {
  const head = [answer.index, ...answer.columns].map((text) => make("th", { scope: "col" }, text));
  const rows = answer.rows.map(([label, cells]) =>
    make("tr", {}, make("th", { scope: "row" }, label), ...cells.map(([text, sign]) =>
      make("td", { className: sign < 0 ? "loss" : sign > 0 ? "gain" : "" }, text))));
  return make("table", {}, make("caption", { hidden: true }, answer.title),
    make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

async function compare() {
  const found = await askJson("/api/compare", { first: state.first, second: caseOf(state) });
  const stop = make("button", { type: "button" }, "Stop comparing");
  stop.addEventListener("click", () => {
    state.first = null;
    $("comparison").hidden = true;
    $("comparison").replaceChildren();
    changed();
  });
  const [figure] = found.answer.figures;
  remember(figure);
  if (!drawn(figure.key)) {
    $("comparison").replaceChildren(make("h2", {}, found.answer.title),
      make("p", { className: "unit titles" }), figureFrame(figure),
      make("div", { className: "scroll" }), make("p", { className: "remark" }), stop);
  }
  $("comparison").hidden = false;
  $("comparison").querySelector(".titles").textContent =
    `First: ${found.titles[0]}. Second: ${found.titles[1]}, as it is now.`;
  $("comparison").querySelector(".scroll").replaceChildren(tableOf(found.answer));
  $("comparison").querySelector(".remark").textContent = found.answer.remark;
  await picture(figure);
}

// --- controls ---------------------------------------------------------------------------------

function names(selector, among) {
  const words = Array.isArray(selector) ? selector : [selector];
  const say = (word) => (word === "*" ? "everyone" : (among[word] ?? word.split("@")[0]));
  const put = (list) => (list.length > 4 ? `${list.slice(0, 3).join(", ")} and ${list.length - 3} more` : list.join(", "));
  const taken = words.filter((w) => w.startsWith("-")).map((w) => say(w.slice(1)));
  const given = put(words.filter((w) => !w.startsWith("-")).map(say));
  return taken.length ? `${given} but ${put(taken)}` : given;
}

function sentence(act) {
  const who = (side) => names(act.fields[side] ?? "*", choices.countries);
  const unsaid = ["tariff", "export-tax"].includes(act.act) ? "goods" : "*"; // as the library has it
  const what = names(act.fields.sectors ?? unsaid, choices.sectors).replace(/^everyone$/, "everything");
  if (act.act === "tariff") return `${who("importer")}: tariff on ${what} from ${who("exporter")}`;
  if (act.act === "export-tax") return `${who("exporter")}: export tax on ${what} to ${who("importer")}`;
  if (act.act === "embargo") return `Embargo: ${what} from ${who("exporter")} to ${who("importer")}`;
  if (act.act === "trade-cost") return `Trade cost: ${what} from ${who("exporter")} to ${who("importer")}`;
  return act.says ?? act.act;
}

function card(act, { on, value, set, toggle, remove }) {
  const slider = choices.sliders[act.act];
  const says = sentence(act) + (act.answered ? ", answered in kind" : "");
  const box = make("input", { type: "checkbox", checked: on });
  const node = make("fieldset", { className: "act", "data-id": act.id },
    make("legend", {}, make("label", { className: "check name", title: act.source ?? "" }, box, make("span", {}, says))));
  box.addEventListener("change", () => toggle(box.checked));
  if (slider && !act.fixed && typeof value === "number") {
    const percent = +(100 * value).toFixed(4);
    const low = Math.min(100 * slider.from, percent);
    const range = make("input", { type: "range", min: String(low), max: String(Math.max(100 * slider.to, percent)), step: "1", "aria-label": `${says}, %` });
    const number = make("input", { type: "number", step: "any", "aria-label": `${says}, %, exact` });
    range.value = number.value = percent;
    const move = (text, other) => {
      if (text === "" || Number.isNaN(Number(text))) {
        complain(`${says}: write a number of per cent, such as 25.`);
        return;
      }
      const [least, most] = [100 * slider.least, 100 * slider.most];
      if (text < least || text > most) {
        complain(`${says}: ${text} % is out of reach; write a number from ${least} to ${most}.`);
        return;
      }
      other.value = text;
      set(Number(text) / 100);
    };
    range.addEventListener("input", () => move(range.value, number));
    number.addEventListener("input", () => move(number.value, range));
    node.append(make("div", { className: "move" }, range, number, make("span", {}, "%")));
  }
  if (remove) {
    const button = make("button", { type: "button", className: "remove", "aria-label": `Remove: ${says}` }, "Remove");
    button.addEventListener("click", remove);
    node.append(button);
  }
  return node;
}

function mark() {
  for (const node of $("acts").children) {
    const added = state.added.find((a) => a.id === node.dataset.id);
    node.classList.toggle("off", added ? Boolean(added.off) : state.off.includes(node.dataset.id));
    node.classList.toggle("changed", !added && node.dataset.id in state.moved);
  }
}

function listActs() {
  const shipped = (state.base ? scenario.acts : []).map((act) => {
    const field = choices.sliders[act.act]?.field;
    return card(act, {
      on: !state.off.includes(act.id),
      value: state.moved[act.id] ?? act.fields[field],
      set: (value) => {
        if (value === act.fields[field]) delete state.moved[act.id];
        else state.moved[act.id] = value;
        changed();
      },
      toggle: (on) => {
        state.off = on ? state.off.filter((id) => id !== act.id) : [...state.off, act.id];
        changed();
      },
    });
  });
  const added = state.added.map((act) => {
    const field = choices.sliders[act.act].field;
    return card(act, {
      on: !act.off,
      value: act.fields[field],
      set: (value) => { act.fields[field] = value; changed(); },
      toggle: (on) => { act.off = !on; changed(); },
      remove: () => {
        state.added = state.added.filter((a) => a !== act);
        listActs();
        changed();
        $("adder").querySelector("summary").focus();
      },
    });
  });
  const none = make("p", { className: "unit" }, "None yet: add one below.");
  $("acts").replaceChildren(...(added.length + shipped.length ? [...added, ...shipped] : [none]));
  mark();
}

function addAct() {
  const kind = $("kind").value;
  const rate = Number($("rate").value) / 100;
  if ($("rate").value === "" || Number.isNaN(rate)) {
    complain("How much: write a number of per cent, such as 25.");
    return;
  }
  if ($("actor").value === $("other").value) {
    complain("Who and against whom are the same: choose two.");
    return;
  }
  const numbers = state.added.map((a) => Number(a.id.split("-")[1]));
  const act = { id: `added-${Math.max(0, ...numbers) + 1}`, act: kind, fields: {} };
  const [actor, other] = sides(act);
  act.fields = {
    [actor]: $("actor").value, [other]: $("other").value, sectors: $("sectors").value,
    [choices.sliders[kind].field]: rate,
  };
  if ($("answer").checked) act.answered = true;
  state.added.push(act);
  listActs();
  changed();
}

async function download(path, body, name) {
  const done = $("done");
  done.textContent = "Making the file …";
  try {
    const blob = await (await ask(path, body)).blob();
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    done.textContent = `${name} is in your downloads.`;
  } catch (error) {
    done.textContent = "";
    complain(error.message);
  }
}

async function rank() {
  $("ranked").replaceChildren(make("p", { className: "unit" }, "Ranking … the first time takes some seconds."));
  try {
    const found = await askJson("/api/levers", {
      case: caseOf(state), target: [$("target").value, $("whose").value], wrt: $("lever").value,
    });
    const most = Math.max(...found.rows.map((r) => Math.abs(r.slope)), 1e-300);
    const rows = found.rows.map((r) => {
      const bar = make("span", { className: r.slope < 0 ? "down" : "" });
      bar.style.width = `${(100 * Math.abs(r.slope)) / most}%`;
      const digits = most >= 10 ? 0 : most >= 0.1 ? 3 : 5;
      return make("tr", {}, make("th", { scope: "row" }, r.lever),
        make("td", { className: r.slope < 0 ? "loss" : "gain" }, signed(r.slope, digits)),
        make("td", { className: "bar", "aria-hidden": "true" }, bar));
    });
    const head = make("tr", {}, make("th", { scope: "col" }, "lever"), make("th", { scope: "col" }, "effect"));
    $("ranked").replaceChildren(make("p", { className: "unit" }, found.measure), make("div", { className: "scroll" },
      make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows))));
  } catch (error) {
    $("ranked").replaceChildren();
    complain(error.message);
  }
}

async function play() {
  const [one, other] = [$("one").value, $("against").value];
  if (one === other) {
    complain("Both sides are the same: choose two.");
    return;
  }
  $("played").replaceChildren(make("p", { className: "unit" }, "Working it out … the first time takes some seconds."));
  try {
    const found = await askJson("/api/next", { case: caseOf(state), question: $("question").value, one, other });
    const figures = found.answers.flatMap((a) => a.figures);
    // The scenario may have asked the same: names of their own.
    for (const named of [...found.answers, ...figures]) named.key = `next-${named.key}`;
    figures.forEach(remember);
    $("played").replaceChildren(...found.answers.map(frame));
    for (const answer of found.answers) write(answer);
    for (const figure of figures) await picture(figure);
    complain("");
  } catch (error) {
    $("played").replaceChildren();
    complain(error.message);
  }
}

function options(node, groups) {
  node.replaceChildren(...groups.map(([title, entries]) =>
    make("optgroup", { label: title }, ...entries.map(([value, text]) => make("option", { value }, text)))));
}

function fillControls() {
  const cases = choices.scenarios.map((s) => make("option", { value: s.name }, s.title));
  $("base").replaceChildren(...cases, make("option", { value: "" }, "Build one from nothing"));
  const byName = Object.entries(choices.countries).sort((a, b) => a[1].localeCompare(b[1]));
  const blocs = choices.blocs.map((b) => [b, b]);
  options($("actor"), [["Countries", byName], ["Blocs", blocs]]);
  options($("other"), [["All", [["*", "everyone"]]], ["Countries", byName], ["Blocs", blocs]]);
  options($("sectors"), [["Groups", [["goods", "goods"], ["*", "everything"],
    ...choices.groups.filter((g) => g !== "goods").map((g) => [g, g])]],
    ["Sectors", Object.entries(choices.sectors)]]);
  options($("whose"), [["Countries", byName]]);
  for (const side of ["one", "against"]) options($(side), [["Countries", byName], ["Blocs", blocs]]);
  $("one").value = "USA";
  $("against").value = "CHN";
  $("actor").value = $("whose").value = "USA";
  $("other").value = "CHN";
}

async function load() {
  scenario = state.base ? await askJson(`/api/scenarios/${encodeURIComponent(state.base)}`) : null;
  $("base").value = state.base;
  $("story").textContent = scenario?.story ?? "No act is in force. Add who taxes or sanctions whom, and move the slider.";
  $("adder").open = !state.base || state.added.length > 0;
  for (const select of document.querySelectorAll("[data-assumption]")) {
    select.value = String(state.assume[select.dataset.assumption] ?? "");
  }
  $("tariffs").checked = state.tariffs;
  listActs();
}

async function restore() {
  try {
    state = fromHash(location.hash);
    if (!Array.isArray(state.added) || !Array.isArray(state.off) || typeof state.moved !== "object") throw new Error();
    await load();
  } catch (error) {
    state = structuredClone(EMPTY);
    await load();
    history.replaceState(null, "", location.pathname);
    await solve();
    complain(error instanceof Refused ? error.message : "This link is damaged; the first scenario is shown instead.");
    return;
  }
  solve();
}

function wire() {
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  $("base").addEventListener("change", async () => {
    state = { ...structuredClone(EMPTY), base: $("base").value, assume: state.assume, first: state.first };
    await load();
    changed();
  });
  for (const select of document.querySelectorAll("[data-assumption]")) {
    select.addEventListener("change", () => {
      const { assumption } = select.dataset;
      const number = Number(select.value);
      if (select.value === "") delete state.assume[assumption];
      else state.assume[assumption] = Number.isNaN(number) ? select.value : number;
      changed();
    });
  }
  $("tariffs").addEventListener("change", () => { state.tariffs = $("tariffs").checked; changed(); });
  $("kind").addEventListener("change", () => { $("sectors").value = ["tariff", "export-tax"].includes($("kind").value) ? "goods" : "*"; });
  $("add").addEventListener("click", addAct);
  $("rank").addEventListener("click", rank);
  $("play").addEventListener("click", play);
  $("keep").addEventListener("click", () => {
    state.first = caseOf(state);
    $("done").textContent = "Kept as the first scenario. Change something: the comparison follows.";
    changed();
  });
  $("reset").addEventListener("click", async () => {
    state = { ...structuredClone(EMPTY), base: state.base };
    await load();
    changed();
  });
  const name = () => state.base || "scenario";
  $("toml").addEventListener("click", () => download("/api/toml", caseOf(state), `${name()}-page.toml`));
  $("csv").addEventListener("click", () => download("/api/csv", { case: caseOf(state) }, `${name()}.csv`));
  $("report").addEventListener("click", () => download("/api/report", caseOf(state), `${name()}.html`));
  $("link").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      $("done").textContent = "The link is copied; it holds the whole scenario.";
    } catch {
      $("done").textContent = `Copy it from the address bar: ${location.href}`;
    }
  });
  window.addEventListener("hashchange", restore);
}

try {
  choices = await askJson("/api/choices");
  fillControls();
  wire();
  await restore();
} catch (error) {
  complain(error.message);
}
