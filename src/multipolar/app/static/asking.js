// Asking: any kind of question, by a form made of its schema; and the scenario's own that take long.

import { $, button, capital, fresh, make } from "./dom.js";
import { actsInput } from "./acts.js";
import { showAnswers } from "./answers.js";
import { fieldsOfSchema, toShown } from "./fields.js";
import { formOf } from "./form.js";
import { forget } from "./pictures.js";
import { Refused } from "./server.js";
import { caseOf, page } from "./state.js";
import { nameOf } from "./words.js";
import { worker } from "./working.js";

const TAKES = { reads: "at once", seconds: "takes seconds", minutes: "takes minutes" };

// A question's fields in few words.
function inWords(question) {
  const kind = page.choices.questions.find((each) => each.ask === question.ask);
  const put = (value) => (Array.isArray(value) ? value.map(put).join(", ")
    : value !== null && typeof value === "object" ? value.id ?? Object.entries(value).map((pair) => pair.join(" ")).join(", ")
      : typeof value === "string" ? nameOf(value, "countries") : String(value));
  return fieldsOfSchema(kind.schema)
    .filter((field) => field.name in question && field.kind !== "text")
    .map((field) => {
      const value = question[field.name];
      const shown = typeof value === "number" ? `${toShown(field, value)} ${field.unit}`.trim() : put(value);
      return `${field.title}: ${shown}`;
    })
    .join("; ");
}

// --- any question -----------------------------------------------------------------------------

export function setUpAsking() {
  const kinds = page.choices.questions;
  const picker = $("question");
  picker.replaceChildren(...kinds.map((kind) => make("option", { value: kind.ask }, `${kind.ask.replaceAll("-", " ")}: ${kind.summary}`)));
  const at = worker();
  const trouble = make("p", { className: "trouble", role: "alert", hidden: true });
  const complain = (message) => { trouble.hidden = !message; trouble.textContent = message; };
  let form;
  const change = () => {
    const kind = kinds.find((each) => each.ask === picker.value);
    form = formOf(fieldsOfSchema(kind.schema), actsInput);
    $("question-about").textContent = `${kind.summary} (${capital(TAKES[kind.cost])}.)`;
    $("question-form").replaceChildren(form.node);
    complain("");
  };
  const send = button("Ask", async () => {
    complain("");
    const fields = form.read();
    if (!fields) return;
    const question = { ask: picker.value, ...fields };
    send.disabled = true;
    try {
      const found = await at.run({ case: caseOf(), question });
      if (found) await keep(found, question);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      complain(form.complain(error));
    } finally {
      send.disabled = false;
    }
  }, { id: "ask", className: "main" });
  picker.addEventListener("change", change);
  $("question-form").after(make("div", { className: "asking" }, send, trouble, at.node));
  change();
}

// Answers are kept, newest first, each naming the scenario that it was asked of.
async function keep(found, question) {
  const prefix = `${fresh("asked")}-`;
  const place = make("div", {});
  let keys = [];
  const remove = () => { card.remove(); forget(keys); };
  const what = inWords(question);
  const card = make("article", { className: "asked" },
    make("p", { className: "of" }, `${question.ask.replaceAll("-", " ")}${what ? ` (${what})` : ""}, asked of: `, make("strong", {}, found.title),
      button("Remove", remove, { className: "small" })),
    place);
  $("asked").prepend(card);
  keys = await showAnswers(found, place, prefix);
}

// --- the scenario's own, that take longer -----------------------------------------------------

let shown = "";
let atWork = [];

// A section for each; made anew when the case has changed, so that no number is of another one.
export function showLeft(left) {
  const asked = caseOf();
  const now = JSON.stringify([asked, left]);
  if (now === shown) return;
  shown = now;
  for (const each of atWork) {
    each.stop();
    forget(each.keys);
  }
  atWork = [];
  $("left").replaceChildren(...left.map((each) => section(each, asked)));
}

function section({ title, cost, question }, asked) {
  const prefix = `${fresh("left")}-`;
  const place = make("div", {});
  const at = { ...worker(), keys: [] };
  atWork.push(at);
  const trouble = make("p", { className: "trouble", role: "alert", hidden: true });
  const start = button(`Work it out (${TAKES[cost]})`, async () => {
    trouble.hidden = true;
    start.disabled = true;
    try {
      const found = await at.run({ case: asked, question });
      if (found) {
        start.hidden = true;
        at.keys = await showAnswers(found, place, prefix);
      }
    } catch (error) {
      trouble.hidden = false;
      trouble.textContent = error.message;
    } finally {
      start.disabled = false;
    }
  }, { "aria-label": `Work it out: ${title} (${TAKES[cost]})` });
  return make("section", { className: "later", "data-ask": question.ask }, make("h2", {}, title),
    make("p", { className: "unit" }, inWords(question)), start, trouble, at.node, place);
}
