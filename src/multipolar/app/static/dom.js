// Nodes, numbers and downloads: what every part of the page uses.

export const $ = (id) => document.getElementById(id);

let count = 0;
export const fresh = (word) => `${word}-${(count += 1)}`; // an id that nothing else has

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name === "className" ? "class" : name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

export function button(text, act, attributes = {}) {
  const node = make("button", { type: "button", ...attributes }, text);
  node.addEventListener("click", act);
  return node;
}

export function signed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : (value < 0 ? "−" : "+") + text;
}

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export function save(url, name) {
  make("a", { href: url, download: name }).click();
}

export function saveText(text, name, kind = "text/csv") {
  const url = URL.createObjectURL(text instanceof Blob ? text : new Blob([text], { type: kind }));
  save(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
