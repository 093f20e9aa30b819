// Assumptions: a control for each, made from their table; they show the scenario's own values.

import { $, capital, make } from "./dom.js";
import { chips } from "./chips.js";
import { page } from "./state.js";

const own = (about) => page.scenario?.assumptions[about.name] ?? about.default;
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export function listAssumptions(changed) {
  const s = page.state;
  const value = (about) => s.assume[about.name] ?? own(about);
  const controls = page.choices.assumptions.map((about) => {
    const set = (chosen) => {
      if (chosen === undefined || same(chosen, own(about))) delete s.assume[about.name];
      else s.assume[about.name] = chosen;
      show();
      changed();
    };
    return { about, ...control(about, value(about), set) };
  });
  const show = () => {
    for (const { about, node, note } of controls) {
      const [other, needed] = about.only_with ?? [];
      const found = other && value(page.choices.assumptions.find((each) => each.name === other));
      node.hidden = Boolean(other) && found !== needed;
      note.textContent = about.name in s.assume ? `The scenario's own: ${say(about, own(about))}.` : "";
    }
  };
  $("assumptions").replaceChildren(...controls.map((each) => each.node), tariffs(changed));
  show();
}

function say(about, value) {
  if (value !== null && typeof value === "object") return Object.entries(value).map(([name, number]) => `${name} ${number}`).join(", ");
  return about.choices[value] ?? `${value} ${about.unit}`.trim();
}

const TABLE = "a table", NUMBER = "a number";

// A choice of words, a number within limits, a table of sectors and numbers, or several of these.
function control(about, value, set) {
  const id = `assume-${about.name}`;
  const words = Object.keys(about.choices);
  const note = make("small", { className: "own" });
  const kind = value !== null && typeof value === "object" ? TABLE : words.includes(value) ? value : NUMBER;
  const parts = [];
  const select = words.length ? make("select", { id, "data-assumption": about.name }, ...options(about)) : null;
  const number = about.limits && numberOf(about, id, select, set);
  const table = about.takes_table && tableOf(about, set);
  if (select) {
    select.value = kind;
    select.addEventListener("change", () => {
      show(select.value);
      if (words.includes(select.value)) set(select.value);
    });
    parts.push(select);
  }
  if (number) parts.push(number.node);
  if (table) parts.push(table.node);
  if (number && typeof value === "number") number.input.value = value;
  if (kind === TABLE) table?.chips.set(value);
  const show = (chosen) => {
    if (number) number.node.hidden = chosen !== NUMBER;
    if (table) table.node.hidden = chosen !== TABLE;
  };
  show(kind);
  const meaning = make("small", {}, `${capital(about.meaning)}.`);
  return { node: make("div", { className: "field" }, make("label", { for: id }, about.title), ...parts, meaning, note), note };
}

function options(about) {
  const known = Object.entries(about.choices).map(([word, meaning]) => make("option", { value: word }, capital(meaning)));
  if (about.limits) known.push(make("option", { value: NUMBER }, about.unit ? `A number of ${about.unit}` : "A number"));
  if (about.takes_table) known.push(make("option", { value: TABLE }, "Of one's own: sectors and numbers"));
  return known;
}

function numberOf(about, id, select, set) {
  const [low, high] = about.limits;
  const input = make("input", {
    type: "number", step: "any", min: String(low), max: String(high), "data-assumption": about.name,
    ...(select ? { "aria-label": `${about.title}, ${about.unit || "a number"}` } : { id }),
  });
  const trouble = make("span", { className: "trouble", role: "alert", hidden: true });
  input.addEventListener("input", () => {
    const wrong = input.value === "" || !input.checkValidity();
    trouble.hidden = !wrong;
    trouble.textContent = `Write a number from ${low} to ${high}.`;
    if (!wrong) set(Number(input.value));
  });
  return { input, node: make("span", { className: "measured" }, input, make("span", { className: "unit" }, about.unit), trouble) };
}

function tableOf(about, set) {
  const made = chips({ kind: "table", title: about.title });
  made.target.setAttribute("aria-label", `${about.title}: sector=number`);
  made.node.addEventListener("change", () => set(made.read()));
  made.node.addEventListener("click", () => set(made.read()));
  made.node.addEventListener("keyup", (event) => event.key === "Enter" && set(made.read()));
  return { chips: made, node: made.node };
}

function tariffs(changed) {
  const s = page.state;
  const usual = page.scenario?.tariffs ?? true;
  const box = make("input", { type: "checkbox", id: "tariffs", checked: s.tariffs ?? usual });
  box.addEventListener("change", () => {
    s.tariffs = box.checked === usual ? null : box.checked;
    changed();
  });
  return make("label", { className: "check" }, box, "Start from the benchmark's tariffs");
}
