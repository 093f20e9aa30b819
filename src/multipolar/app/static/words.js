// Words: names of countries, blocs and sectors for people; codes for the server.

import { page } from "./state.js";
import { make } from "./dom.js";

const tables = {}; // "countries", "sectors" -> {names: code -> name, codes: lower-case name -> code}

export function learnWords() {
  const { countries, blocs, sectors, groups } = page.choices;
  learn("countries", { ...countries, ...blocs }, "everyone");
  learn("sectors", { ...Object.fromEntries(groups.map((group) => [group, group])), ...sectors }, "everything");
}

function learn(table, names, all) {
  const codes = { [all]: "*", "*": "*" };
  for (const [code, name] of Object.entries(names)) codes[code.toLowerCase()] = codes[name.toLowerCase()] = code;
  tables[table] = { names: { ...names, "*": all }, codes };
  const options = Object.entries(tables[table].names).map(([code, name]) =>
    make("option", { value: name, label: code === "*" || code === name ? "" : code }));
  document.body.append(make("datalist", { id: `${table}-list` }, ...options));
}

// A name or code as the code; "except Russia" and "-Russia" as what is taken out; else as it stands.
export function codeOf(text, table) {
  const given = text.trim();
  const out = /^(?:except\s+|but\s+|-)(.+)$/i.exec(given);
  if (out) return `-${codeOf(out[1], table)}`;
  return known(given, table) ?? given;
}

export const known = (text, table) => tables[table].codes[text.trim().toLowerCase()];

export function nameOf(code, table) {
  const text = String(code);
  if (text.startsWith("-")) return `except ${nameOf(text.slice(1), table)}`;
  return tables[table].names[text] ?? text.split("@")[0];
}

// A selector in few words: "China, India and 3 more", "everyone except Russia".
export function selectorWords(selector, table) {
  const words = (Array.isArray(selector) ? selector : [selector]).map(String);
  const put = (list) => (list.length > 4 ? `${list.slice(0, 3).join(", ")} and ${list.length - 3} more` : list.join(", "));
  const given = put(words.filter((w) => !w.startsWith("-")).map((w) => nameOf(w, table)));
  const taken = put(words.filter((w) => w.startsWith("-")).map((w) => nameOf(w.slice(1), table)));
  return taken ? `${given} except ${taken}` : given;
}

// An act in few words: the phrase of its kind, less its number.
export function actWords(act) {
  const kind = page.choices.acts[act.act];
  if (!kind?.phrase) return act.says ?? kind?.title ?? act.act;
  return kind.phrase.replace(/\{(\w+)\}/g, (_, name) => {
    const field = kind.fields[name];
    const value = act.fields[name] ?? field.default ?? "*";
    return selectorWords(value, field.holds === "sectors" ? "sectors" : "countries");
  });
}
