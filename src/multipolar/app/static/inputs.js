// Inputs: a field as what a reader fills in. Each is {node, read(), set(value), complain(text)}.
//
// read() returns undefined where a field is left out, and throws Wrong where it cannot be read.

import { capital, fresh, make } from "./dom.js";
import { fromShown, toShown } from "./fields.js";
import { chips } from "./chips.js";
import { codeOf, nameOf } from "./words.js";

export class Wrong extends Error {
  constructor(field, message) {
    super(message);
    this.field = field;
  }
}

export function inputOf(field, makeActs) {
  const inner = field.kind === "acts" ? makeActs(field) : (MADE[field.kind] ?? (LISTS.has(field.kind) ? chips : text))(field);
  const id = inner.target.id ||= fresh("field");
  const trouble = make("p", { className: "trouble", role: "alert", hidden: true });
  const about = make("small", { id: `${id}-about` }, field.about);
  inner.target.setAttribute("aria-describedby", about.id);
  const label = make("label", { for: id }, capital(field.title), field.required ? "" : make("span", { className: "optional" }, " optional"));
  const flag = field.kind === "flag";
  const node = make("div", { className: `field ${field.kind}`, "data-field": field.name }, label, inner.node, about, trouble);
  if (flag) label.prepend(inner.node, " ");
  if (field.fallback !== undefined && field.fallback !== null) inner.set(field.fallback);
  return {
    field, node, set: inner.set, target: inner.target,
    read: () => checked(field, inner.read()),
    complain: (message) => { trouble.hidden = !message; trouble.textContent = message; },
  };
}

const LISTS = new Set(["side", "sides", "sectors", "list", "table", "pairs"]);

function checked(field, value) {
  const empty = value === undefined || value === "" || (Array.isArray(value) && !value.length);
  if (empty && field.required) throw new Wrong(field.name, "This is needed.");
  if (empty) return undefined;
  if (field.least && value.length < field.least && field.kind !== "side") {
    throw new Wrong(field.name, `At least ${field.least} are needed.`);
  }
  return JSON.stringify(value) === JSON.stringify(field.fallback) ? undefined : value;
}

function number(field) {
  const shown = (value) => (value === undefined ? undefined : String(toShown(field, value)));
  const target = make("input", {
    type: "number", step: field.whole ? "1" : "any", min: shown(field.low), max: shown(field.high), inputmode: "decimal",
  });
  const read = () => {
    if (target.validity.badInput) throw new Wrong(field.name, "Write a number.");
    if (target.value === "") return undefined;
    const value = fromShown(field, target.value);
    if (value < field.low || value > field.high) {
      throw new Wrong(field.name, `Write a number from ${target.min || "any"} to ${target.max || "any"}${field.unit.startsWith("%") ? " %" : ""}.`);
    }
    return value;
  };
  const node = make("span", { className: "measured" }, target, make("span", { className: "unit" }, field.unit));
  return { node, target, read, set: (value) => { target.value = toShown(field, value); } };
}

function choice(field) {
  const target = make("select", {}, ...(field.required ? [make("option", { value: "" }, "choose")] : []),
    ...field.choices.map((each) => make("option", { value: JSON.stringify(each) }, String(each).replaceAll("_", " "))));
  const read = () => (target.value === "" ? undefined : JSON.parse(target.value));
  return { node: target, target, read, set: (value) => { target.value = JSON.stringify(value); } };
}

function flag() {
  const target = make("input", { type: "checkbox" });
  return { node: target, target, read: () => target.checked, set: (value) => { target.checked = value; } };
}

function text(field) {
  const target = make("input", { type: field.kind === "date" ? "date" : "text", list: field.names });
  return { node: target, target, read: () => target.value.trim() || undefined, set: (value) => { target.value = value; } };
}

function country() {
  const target = make("input", { type: "text", list: "countries-list", placeholder: "a country" });
  const read = () => (target.value.trim() ? codeOf(target.value, "countries") : undefined);
  return { node: target, target, read, set: (value) => { target.value = nameOf(value, "countries"); } };
}

// A number or a word.
function mixed(field) {
  const list = fresh("words");
  const target = make("input", { type: "text", list });
  const words = make("datalist", { id: list }, ...field.words.map((word) => make("option", { value: String(word) })));
  const read = () => {
    const given = target.value.trim();
    return given === "" ? undefined : field.number && !Number.isNaN(Number(given)) ? fromShown(field, given) : given;
  };
  const or = field.words.length ? ` or ${field.words.join(", ")}` : "";
  const node = make("span", { className: "measured" }, target, words, make("span", { className: "unit" }, `${field.unit}${or}`));
  return { node, target, read, set: (value) => { target.value = typeof value === "number" ? toShown(field, value) : value; } };
}

const MADE = { number, choice, flag, text, date: text, country, mixed };
