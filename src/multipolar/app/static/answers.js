// Answers: title, sentences, pictures, table, remark; with a PNG under every picture and a CSV
// under every table.

import { $, button, make, save, saveText } from "./dom.js";
import { draw, drawn, feed, png, remember } from "./pictures.js";

const LONG = 12; // rows from which a table can be searched

// `prefix` tells the answers of one place from those of another; `csv` fetches a table's text.
export function framed(answer, { prefix = "", csv, about, maps }) {
  const section = make("section", { id: `${prefix}answer-${answer.key}`, className: "answer" }, make("h2", {}, answer.title));
  for (const figure of answer.figures) {
    const first = maps && figure.key.startsWith("map-") && !maps.hasChildNodes();
    (first ? maps : section).append(figureFrame(figure, about));
  }
  const table = make("div", { className: "table" }, make("div", { className: "scroll", tabindex: "0", role: "region", "aria-label": `Table: ${answer.title}` }));
  const download = button("CSV", async () => saveText(await csv(answer), `${answer.key}.csv`), { className: "small csv", "aria-label": `CSV of ${answer.title}` });
  const inner = [search(table), table, download];
  if (answer.figures.length) section.append(make("details", { className: "numbers" }, make("summary", {}, "The numbers"), ...inner));
  else section.append(...inner);
  section.append(make("p", { className: "remark" }));
  return section;
}

function figureFrame(figure, about) {
  const node = make("figure", { id: `figure-${figure.key}` }, make("h3", {}), make("p", { className: "unit" }),
    make("div", { className: "picture" }), make("figcaption", {}));
  const get = button("PNG", async () => {
    get.disabled = true;
    save(await png(node.figure ?? figure, about()), `${figure.key}.png`);
    get.disabled = false;
  }, { className: "small png", "aria-label": `PNG of ${figure.title}` });
  node.append(get);
  return node;
}

export function write(answer, prefix = "") {
  const section = $(`${prefix}answer-${answer.key}`);
  section.querySelector(".scroll").replaceChildren(tableOf(answer));
  section.querySelector(".remark").textContent = answer.remark;
  section.querySelector(".search").hidden = answer.rows.length < LONG;
  section.querySelector(".table").filter?.();
}

export async function picture(figure) {
  const node = $(`figure-${figure.key}`);
  if (!node) return;
  node.figure = figure;
  const said = { h3: figure.title, ".unit": figure.subtitle, figcaption: figure.caption };
  for (const [place, words] of Object.entries(said)) node.querySelector(place).textContent = words;
  if (drawn(figure.key)) await feed(figure);
  else await draw(figure, node.querySelector(".picture"));
}

export function tableOf(answer) {
  const head = [answer.index, ...answer.columns].map((text) => make("th", { scope: "col" }, text));
  const rows = answer.rows.map(([label, cells]) =>
    make("tr", {}, make("th", { scope: "row" }, label), ...cells.map(([text, sign]) =>
      make("td", { className: sign < 0 ? "loss" : sign > 0 ? "gain" : "" }, text))));
  return make("table", {}, make("caption", { hidden: true }, answer.title),
    make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

// Only the rows that hold what is typed.
function search(table) {
  const entry = make("input", { type: "search", placeholder: "Find a row", "aria-label": "Find a row" });
  table.filter = () => {
    const sought = entry.value.trim().toLowerCase();
    for (const row of table.querySelectorAll("tbody tr")) row.hidden = !row.textContent.toLowerCase().includes(sought);
  };
  entry.addEventListener("input", table.filter);
  return make("p", { className: "search", hidden: true }, entry);
}

// Answers to a question that was asked for: all of them, drawn at once; returns the pictures' keys.
export async function showAnswers(found, place, prefix) {
  const figures = found.answers.flatMap((answer) => answer.figures);
  for (const figure of figures) figure.key = `${prefix}${figure.key}`;
  figures.forEach(remember);
  const how = { prefix, csv: (answer) => answer.csv, about: () => found.title };
  place.replaceChildren(...found.headline.map((line) => make("p", { className: "said" }, line)),
    ...found.answers.map((answer) => framed(answer, how)));
  for (const answer of found.answers) write(answer, prefix);
  for (const figure of figures) await picture(figure);
  return figures.map((figure) => figure.key);
}
