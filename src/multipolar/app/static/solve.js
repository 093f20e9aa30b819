// Solving: one request under way, the newest state waiting; and what was found, shown.

import { $, button, make } from "./dom.js";
import { complainAtActs } from "./acts.js";
import { framed, picture, write } from "./answers.js";
import { showLeft } from "./asking.js";
import { drawn, remember } from "./pictures.js";
import { ask, askJson, Refused } from "./server.js";
import { caseOf, page } from "./state.js";
import { showTiles } from "./tiles.js";

let underWay = false;
let again = false;
let shownKeys = "";
let changed; // what a change made here calls
let title = ""; // of the case that is shown

export const onChange = (act) => { changed = act; };

export async function solve() {
  if (underWay) {
    again = true;
    return;
  }
  underWay = true;
  const began = performance.now();
  $("results").setAttribute("aria-busy", "true");
  try {
    await once(began);
    complain("");
    complainAtActs(null);
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error);
    complain(error.message);
    if (error instanceof Refused) complainAtActs(error);
  }
  $("results").setAttribute("aria-busy", "false");
  underWay = false;
  if (again) {
    again = false;
    solve();
  }
}

async function once(began) {
  const asked = caseOf();
  let found = await askJson("/api/solve", { case: asked, specs: shownKeys === "" });
  if (keysOf(found) !== shownKeys && shownKeys !== "") {
    found = await askJson("/api/solve", { case: asked, specs: true });
  }
  const marks = document.documentElement.dataset;
  marks.answered = (performance.now() - began).toFixed(1);
  const later = await show(found);
  marks.milliseconds = (performance.now() - began).toFixed(1);
  marks.solves = 1 + Number(marks.solves ?? 0);
  complain("");
  if (page.state.first && !again) await compare();
  await rest(later);
}

const keysOf = (found) => found.answers.flatMap((a) => [a.key, ...a.figures.map((f) => f.key)]).join();

export function complain(message) {
  $("complaint").hidden = !message;
  $("complaint").textContent = message;
  $("results").classList.toggle("stale", Boolean(message));
}

// --- showing ----------------------------------------------------------------------------------

export async function show(found, csv = csvOf) {
  title = found.title;
  document.title = `${title} – multipolar`;
  showTiles(found.real_income, changed);
  const [first, ...rest] = found.headline;
  const hedge = rest.pop() ?? "";
  $("headline").replaceChildren(make("p", { className: "first" }, first));
  $("more").replaceChildren(...rest.map((line) => make("p", {}, line)), make("p", { className: "hedge" }, hedge));
  $("status").textContent = `${found.title}. ${restsOn(found)}`;
  for (const id of ["tiles", "picker", "sure"]) $(id).hidden = !found.world; // nobody's income is known
  showLeft(found.left);
  const keys = keysOf(found);
  if (keys !== shownKeys) {
    $("map").replaceChildren();
    const how = { csv, about: () => title, maps: $("map") };
    $("answers").replaceChildren(...found.answers.map((answer) => framed(answer, how)));
    shownKeys = keys;
  }
  for (const answer of found.answers) write(answer);
  const figures = found.answers.flatMap((answer) => answer.figures);
  figures.forEach(remember);
  const inView = figures.filter((figure) => near($(`figure-${figure.key}`)));
  for (const figure of inView) await picture(figure);
  return figures.filter((figure) => !inView.includes(figure));
}

function restsOn(found) {
  const took = `${found.milliseconds.toFixed(0)} ms to solve`;
  const gas = found.network ? `Gas network ${found.network}. ` : "";
  if (!found.world) return `${gas}Trade was not solved; gas market ${found.status}, ${took}.`;
  return `${found.assumptions}. ${gas}World ${found.world}; equilibrium ${found.status}, ${took}, `
    + `residual ${found.residual.toExponential(0)}.`;
}

async function csvOf(answer) {
  return (await ask("/api/csv", { case: caseOf(), table: answer.key })).blob();
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

// --- comparing --------------------------------------------------------------------------------

async function compare() {
  const found = await askJson("/api/compare", { first: page.state.first, second: caseOf() });
  const place = $("comparison");
  const [figure] = found.answer.figures;
  remember(figure);
  if (!drawn(figure.key)) {
    const titles = make("dl", { className: "titles" });
    const how = { prefix: "compare-", csv: () => place.answer.csv, about: () => place.titles.join(" / ") };
    place.replaceChildren(framed(found.answer, how), button("Stop comparing", stop));
    place.querySelector("h2").after(titles);
  }
  Object.assign(place, { answer: found.answer, titles: found.titles, hidden: false });
  const same = found.titles[0] === found.titles[1];
  place.querySelector(".titles").replaceChildren(
    make("dt", {}, "First"), make("dd", {}, found.titles[0]),
    make("dt", {}, "Second"), make("dd", {}, same ? "the same; change something" : found.titles[1]));
  write(found.answer, "compare-");
  await picture(figure);
}

function stop() {
  page.state.first = null;
  $("comparison").hidden = true;
  $("comparison").replaceChildren();
  changed();
}
