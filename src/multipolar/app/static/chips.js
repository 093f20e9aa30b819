// Chips: a list that is typed entry by entry; for sides, sectors, pairs, numbers, and NAME=NUMBER.

import { fresh, make } from "./dom.js";
import { fromShown, toShown } from "./fields.js";
import { codeOf, known, nameOf } from "./words.js";

const TABLE = { side: "countries", sides: "countries", pairs: "countries", sectors: "sectors" };
const COLLAPSES = new Set(["side", "sectors"]); // one entry stands for itself, several are a list
const HINT = {
  side: "a country or bloc", sides: "a country or bloc, then Enter", sectors: "a sector or group",
  list: "then Enter", table: "NAME=NUMBER, then Enter",
};

export function chips(field) {
  const table = TABLE[field.kind];
  const values = [];
  const list = make("span", { className: "chosen" });
  const places = field.kind === "pairs" ? ["from", "to"] : [HINT[field.kind]];
  const entries = places.map((placeholder, k) => make("input", {
    type: "text", placeholder, list: table ? `${table}-list` : field.list, "aria-label": k || places.length > 1 ? placeholder : undefined,
  }));
  entries[0].id = fresh("field");

  const stands = () => JSON.stringify(whole()) === JSON.stringify(field.fallback);
  const add = (value) => { // what was only the default gives way, unless something is taken out of it
    const gives = COLLAPSES.has(field.kind) && stands() && !String(value).startsWith("-");
    if (field.most === 1 || gives) values.length = 0;
    if (!values.some((each) => JSON.stringify(each) === JSON.stringify(value))) values.push(value);
    show();
  };
  const show = () => list.replaceChildren(...values.map((value, k) => {
    const words = say(field, value);
    const remove = make("button", { type: "button", "aria-label": `Remove ${words}` }, "×");
    remove.addEventListener("click", () => { values.splice(k, 1); show(); entries[0].focus(); });
    return make("span", { className: "chip" }, words, remove);
  }));
  const take = () => { // what stands in the entries, if it is whole
    const texts = entries.map((entry) => entry.value.trim());
    if (!texts.every(Boolean)) return;
    if (texts.length > 1) add(texts.map((each) => codeOf(each, table)));
    else for (const each of split(texts[0], table)) add(parse(field, each));
    for (const entry of entries) entry.value = "";
  };
  for (const entry of entries) listen(entry, { take, table, entries, back: () => { values.pop(); show(); } });

  const whole = () => {
    if (field.kind === "table") return Object.fromEntries(values);
    return COLLAPSES.has(field.kind) && values.length < 2 ? values[0] : [...values];
  };
  const set = (value) => {
    values.length = 0;
    values.push(...(field.kind === "table" ? Object.entries(value) : Array.isArray(value) ? value : [value]));
    show();
  };
  const read = () => {
    take();
    const value = whole();
    return field.kind === "table" && !Object.keys(value).length ? undefined : value;
  };
  return { node: make("span", { className: "chips" }, list, ...entries), target: entries[0], read, set };
}

function listen(entry, { take, table, entries, back }) {
  entry.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      take();
      entries[0].focus();
    } else if (event.key === "Backspace" && entries.every((each) => !each.value)) back();
  });
  entry.addEventListener("input", (event) => { // picked from the list, not typed
    const typed = event.inputType && event.inputType !== "insertReplacementText";
    if (!typed && table && known(entry.value, table) !== undefined) take();
  });
  entry.addEventListener("change", take);
}

// Commas part entries, unless the whole is a name ("Glass, cement, ceramics").
function split(text, table) {
  if (table && known(text, table) !== undefined) return [text];
  return text.split(/[,;]/).map((each) => each.trim()).filter(Boolean);
}

function parse(field, text) {
  if (field.kind === "table") {
    const [name, number = ""] = text.split("=").map((each) => each.trim());
    const code = known(name, "countries") ?? known(name, "sectors") ?? name;
    return [code, number === "" || Number.isNaN(Number(number)) ? number : fromShown(field, number)];
  }
  if (field.kind === "list") {
    if (field.item === "number") return Number.isNaN(Number(text)) ? text : fromShown(field, text);
    return known(text, "countries") ?? known(text, "sectors") ?? text;
  }
  const codes = text.split("+").map((each) => codeOf(each, TABLE[field.kind]));
  return codes.length > 1 ? codes : codes[0]; // "China + Russia" is one side
}

function say(field, value) {
  if (field.kind === "table") return `${nameOf(value[0], "countries")} = ${typeof value[1] === "number" ? toShown(field, value[1]) : value[1]}`;
  if (field.kind === "pairs") return value.map((side) => named(side)).join(" → ");
  if (field.kind === "list") return field.item === "number" ? String(toShown(field, value)) : String(value);
  return named(value, TABLE[field.kind]);
}

const named = (side, table = "countries") => (Array.isArray(side) ? side : [side]).map((code) => nameOf(code, table)).join(" + ");
