// Acts: those in force as cards with a slider, and what adds one, made from the table of acts.

import { $, button, fresh, make } from "./dom.js";
import { fieldsOfAct, fromShown, toShown } from "./fields.js";
import { formOf } from "./form.js";
import { canAnswer, page, shippedActs, sliderOf } from "./state.js";
import { actWords } from "./words.js";

// --- cards ------------------------------------------------------------------------------------

export function listActs(changed) {
  const s = page.state;
  const all = [...s.added, ...shippedActs()];
  const words = all.map(actWords);
  const twice = (k) => words.indexOf(words[k]) !== words.lastIndexOf(words[k]);
  const cards = all.map((act, k) => {
    const says = twice(k) ? `${words[k]} (${act.id})` : words[k];
    return s.added.includes(act) ? added(act, says, changed) : shipped(act, says, changed);
  });
  const none = make("p", { className: "unit" }, "No act yet: add one below.");
  $("acts").replaceChildren(...(cards.length ? cards : [none]));
  $("acts-list").replaceChildren(...all.map((act, k) => make("option", { value: act.id, label: words[k] })));
  mark();
}

export function mark() {
  const s = page.state;
  for (const node of $("acts").querySelectorAll(".act")) {
    const own = s.added.find((act) => act.id === node.dataset.id);
    node.classList.toggle("off", own ? Boolean(own.off) : s.off.includes(node.dataset.id));
    node.classList.toggle("changed", !own && node.dataset.id in s.moved);
  }
}

function shipped(act, says, changed) {
  const s = page.state;
  const name = sliderOf(act.act)?.name;
  const set = (value) => {
    if (value === act.fields[name]) delete s.moved[act.id];
    else s.moved[act.id] = value;
    changed();
  };
  const toggle = (on) => {
    s.off = on ? s.off.filter((id) => id !== act.id) : [...s.off, act.id];
    changed();
  };
  const value = s.moved[act.id] ?? act.fields[name];
  return card(act, { says, on: !s.off.includes(act.id), value, set, toggle });
}

function added(act, says, changed) {
  const s = page.state;
  const slider = sliderOf(act.act);
  const remove = () => {
    s.added = s.added.filter((each) => each !== act);
    listActs(changed);
    changed();
    $("adder").querySelector("summary").focus();
  };
  return card(act, {
    says: says + (act.answered ? ", answered in kind" : ""),
    on: !act.off,
    value: slider && (act.fields[slider.name] ?? slider.default),
    set: (value) => { act.fields[slider.name] = value; changed(); },
    toggle: (on) => { act.off = !on; changed(); },
    remove,
  });
}

function card(act, { says, on, value, set, toggle, remove }) {
  const box = make("input", { type: "checkbox", checked: on });
  box.addEventListener("change", () => toggle(box.checked));
  const label = make("label", { className: "check name" }, box, make("span", {}, says));
  const node = make("fieldset", { className: "act", "data-id": act.id }, make("legend", {}, label));
  if (sliderOf(act.act) && !act.fixed && typeof value === "number") node.append(...mover(act, says, value, set));
  if (act.source) {
    node.append(make("details", { className: "source" }, make("summary", {}, "Source"), make("p", {}, act.says ?? "", make("br"), act.source)));
  }
  if (remove) node.append(button("Remove", remove, { className: "remove", "aria-label": `Remove: ${says}` }));
  return node;
}

function mover(act, says, value, set) {
  const field = fieldsOfAct(page.choices.acts[act.act]).find((each) => each.name === sliderOf(act.act).name);
  const [from, to] = sliderOf(act.act).slider.map((end) => toShown(field, end));
  const [least, most] = [toShown(field, field.low), toShown(field, field.high)];
  const now = toShown(field, value);
  const sign = field.percent ? "%" : field.unit;
  const range = make("input", {
    type: "range", min: String(Math.min(from, now)), max: String(Math.max(to, now)), step: field.percent ? "1" : "any",
    "aria-label": `${says}, ${sign}`,
  });
  const number = make("input", { type: "number", step: "any", "aria-label": `${says}, ${sign}, exact` });
  range.value = number.value = now;
  const trouble = make("p", { className: "trouble", role: "alert", hidden: true });
  const complain = (message) => { trouble.hidden = !message; trouble.textContent = message; };
  const move = (text, other) => {
    if (text === "" || Number.isNaN(Number(text))) return complain(`Write a number, such as 25${sign === "%" ? " %" : ""}.`);
    if (text < least || text > most) return complain(`${text} ${sign} is out of reach; write a number from ${least} to ${most}.`);
    complain("");
    other.value = text;
    return set(fromShown(field, text));
  };
  range.addEventListener("input", () => move(range.value, number));
  number.addEventListener("input", () => move(number.value, range));
  return [make("div", { className: "move" }, range, number, make("span", {}, sign)), trouble];
}

// What a refusal of the whole case says of single acts stands at their cards.
export function complainAtActs(refused) {
  for (const node of $("acts").querySelectorAll(".act")) {
    const mine = refused?.each.find(({ field }) => (field ?? "").split(".").includes(node.dataset.id));
    node.querySelector(".refused")?.remove();
    if (mine) node.append(make("p", { className: "trouble refused" }, mine.message));
  }
}

// --- a new one --------------------------------------------------------------------------------

// The fields of an act: pick a kind, fill in what it has. read() gives {act, fields} or null.
export function actForm() {
  const kinds = Object.entries(page.choices.acts);
  const kind = make("select", { id: fresh("kind") }, ...kinds.map(([value, about]) => make("option", { value }, about.title)));
  const meaning = make("small", {});
  const place = make("div", {});
  let form;
  const change = () => {
    form = formOf(fieldsOfAct(page.choices.acts[kind.value]));
    meaning.textContent = page.choices.acts[kind.value].meaning;
    place.replaceChildren(form.node);
  };
  kind.addEventListener("change", change);
  change();
  const node = make("div", {}, make("label", { for: kind.id }, "What"), kind, meaning, place);
  const read = () => {
    const fields = form.read();
    return fields && { act: kind.value, fields };
  };
  return { node, kind, read, complain: (refused) => form.complain(refused) };
}

const nextId = (acts) => `added-${1 + Math.max(0, ...acts.map((act) => Number(act.id.split("-")[1]) || 0))}`;

// The adder: `accepts` asks the server whether the case with the act makes sense.
export function setUpAdder(accepts, changed) {
  const form = actForm();
  const trouble = make("p", { className: "trouble", role: "alert", hidden: true });
  const answer = make("input", { type: "checkbox", id: "answer" });
  const answers = make("label", { className: "check" }, answer, "The other side answers in kind");
  const show = () => { answers.hidden = !canAnswer(form.kind.value); };
  form.kind.addEventListener("change", show);
  show();
  const complain = (message) => { trouble.hidden = !message; trouble.textContent = message; };
  const add = button("Add it", async () => {
    complain("");
    const given = form.read();
    if (!given) return;
    const act = { id: nextId(page.state.added), ...given };
    if (answer.checked && !answers.hidden) act.answered = true;
    add.disabled = true;
    const refused = await accepts({ ...page.state, added: [...page.state.added, act] });
    add.disabled = false;
    if (refused) return void complain(form.complain(refused) || "");
    page.state.added.push(act);
    listActs(changed);
    changed();
  }, { id: "add" });
  $("adder").append(form.node, answers, add, trouble);
}

// As a field of a question: acts that it adds to the case.
export function actsInput() {
  const acts = [];
  const list = make("span", { className: "chosen" });
  const form = actForm();
  const show = () => list.replaceChildren(...acts.map((act, k) => {
    const words = actWords({ act: act.act, fields: act });
    return make("span", { className: "chip" }, words, button("×", () => { acts.splice(k, 1); show(); }, { "aria-label": `Remove ${words}` }));
  }));
  const take = () => {
    const given = form.read();
    if (!given) return;
    acts.push({ id: nextId(acts), act: given.act, ...given.fields });
    show();
  };
  const inner = make("details", {}, make("summary", {}, "Describe an act"), form.node, button("Add this act", take));
  return { node: make("div", { className: "inner" }, list, inner), target: form.kind, read: () => [...acts], set: () => {} };
}
