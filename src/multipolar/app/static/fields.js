// Fields: what a form asks for, read out of a question's JSON Schema or of the table of acts.
//
// {name, title, about, kind, required, fallback, unit, percent, low, high, choices, least, most, item}

const PERCENT = /^(fraction|share)\b/;

function common(name, title, about, unit = "") {
  const percent = PERCENT.test(unit);
  const of = unit.replace(PERCENT, "").trim();
  return { name, title: title || name, about, percent, unit: percent ? `% ${of}`.trim() : unit };
}

// --- questions --------------------------------------------------------------------------------

export function fieldsOfSchema(schema) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties)
    .filter(([name]) => name !== "name") // tells questions of one file apart
    .map(([name, about]) => ofProperty(name, about, required.has(name), schema.$defs ?? {}));
}

function ofProperty(name, about, required, defs) {
  const options = (about.anyOf ?? [about]).filter((each) => each.type !== "null").map((each) => resolve(each, defs));
  const field = { ...common(name, about.title, about.description ?? "", about.unit), required, fallback: about.default };
  if (about.pick) return { ...field, ...picked(about, options) };
  if (options.length > 1) return { ...field, ...mixed(options) };
  return { ...field, ...plain(options[0], defs) };
}

const resolve = (each, defs) => (each.$ref ? { ...defs[each.$ref.split("/").pop()], ref: each.$ref.split("/").pop() } : each);

function picked(about, options) {
  const list = options.find((each) => each.type === "array");
  if (about.pick === "country") return { kind: "country" };
  if (about.pick === "sectors") return { kind: "sectors", most: list ? undefined : 1 };
  if (about.pick === "side") return { kind: "side", most: list ? undefined : 1 };
  if (about.pick === "acts") return { kind: "list", item: "text", list: "acts-list", least: list?.minItems ?? 0 };
  return { kind: about.pick, least: list?.minItems ?? 0, most: list?.maxItems };
}

const limits = (each) => ({ low: each.minimum ?? each.exclusiveMinimum, high: each.maximum ?? each.exclusiveMaximum });

function plain(each, defs) {
  const choices = each.enum ?? ("const" in each ? [each.const] : null);
  if (choices) return { kind: "choice", choices };
  if (each.type === "boolean") return { kind: "flag" };
  if (each.type === "number" || each.type === "integer") {
    return { kind: "number", whole: each.type === "integer", ...limits(each) };
  }
  if (each.type === "array") return listed(each, defs);
  if (each.type === "object") return { kind: "table" };
  return { kind: each.format === "date" ? "date" : "text" };
}

function listed(each, defs) {
  const item = resolve(each.items ?? each.prefixItems?.[0] ?? {}, defs);
  const size = { least: each.minItems ?? 0, most: each.maxItems };
  if (item.ref === "DatedAct") return { kind: "acts", ...size };
  return { kind: "list", item: item.type === "number" || item.type === "integer" ? "number" : "text", ...size };
}

// A number or one of some words.
function mixed(options) {
  const words = options.flatMap((each) => each.enum ?? ("const" in each ? [each.const] : []));
  const number = options.find((each) => each.type === "number" || each.type === "integer");
  return { kind: "mixed", words, number: Boolean(number) };
}

// --- acts -------------------------------------------------------------------------------------

const HOLDS = { countries: "side", sectors: "sectors", number: "number", choice: "choice" };

// Names that a gas act takes come from lists.
const NAMED = { link: "links-list", node: "nodes-list", seller: "nodes-list", buyer: "nodes-list" };

export function fieldsOfAct(kind) {
  return Object.values(kind.fields).map((each) => ({
    names: kind.gas ? NAMED[each.name] : undefined,
    ...common(each.name, each.title, "", each.unit),
    kind: HOLDS[each.holds] ?? "text",
    required: each.required,
    fallback: each.default ?? undefined,
    low: each.low ?? undefined,
    high: each.high ?? undefined,
    choices: each.choices,
  }));
}

export const toShown = (field, value) => (field.percent ? +(100 * value).toFixed(6) : value);
export const fromShown = (field, text) => (field.percent ? +(Number(text) / 100).toPrecision(12) : Number(text));
