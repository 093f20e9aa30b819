// State: what is chosen, the case that it makes, and the link that holds it.

export const EMPTY = {
  base: "may-2025", // a shipped scenario, or nothing
  off: [], // its acts that are left out
  moved: {}, // its acts whose number is another: id -> number
  added: [], // acts of one's own: {id, act, fields, off, answered}
  assume: {}, // assumptions that differ from the scenario's own
  network: "", // the gas network, where the reader says so
  tariffs: null, // the benchmark's tariffs, where the reader says so
  watch: [], // countries and blocs that are named with the rest
  first: null, // the case that this one is compared with
};

// What is chosen; what can be chosen; the shipped scenario that the case starts from.
export const page = { state: structuredClone(EMPTY), choices: null, scenario: null };

export const shippedActs = () => (page.state.base ? page.scenario.acts : []);

export const sliderOf = (kind) => {
  const about = page.choices.acts[kind];
  return about?.slider ? about.fields[about.slider] : null;
};

// Whether anything in the case is about gas, so that a network must be chosen.
export const onGas = () => Boolean(page.scenario?.network)
  || page.state.added.some((act) => page.choices.acts[act.act]?.gas);

// Two sides of a border can change places: then the other side answers in kind.
export const canAnswer = (kind) => ["importer", "exporter"].every((side) => side in page.choices.acts[kind].fields);

export function mirrored(act) {
  const { importer = "*", exporter = "*" } = act.fields;
  const against = (side, other) => (side === "*" && typeof other === "string" ? ["*", `-${other}`] : side);
  const fields = { ...act.fields, importer: against(exporter, importer), exporter: against(importer, exporter) };
  return { id: `${act.id}-answer`, act: act.act, fields };
}

export function caseOf(s = page.state) {
  const acts = [];
  for (const act of shippedActs()) {
    if (act.id in s.moved && !s.off.includes(act.id)) {
      acts.push({ id: act.id, act: act.act, ...act.fields, [sliderOf(act.act).name]: s.moved[act.id] });
    }
  }
  for (const act of s.added.filter((each) => !each.off)) {
    for (const each of act.answered ? [act, mirrored(act)] : [act]) {
      acts.push({ id: each.id, act: each.act, ...each.fields });
    }
  }
  const without = s.base ? [...new Set([...s.off, ...Object.keys(s.moved)])] : [];
  const { base, assume: assumptions, network, tariffs, watch } = s;
  return { base, without, acts, assumptions, network, tariffs, watch };
}

// --- the link ---------------------------------------------------------------------------------

function toHash(s) {
  const differs = ([name, value]) => JSON.stringify(value) !== JSON.stringify(EMPTY[name]);
  const short = Object.fromEntries(Object.entries(s).filter(differs));
  if (!Object.keys(short).length) return "";
  const bytes = new TextEncoder().encode(JSON.stringify(short));
  return "#" + btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function fromHash(hash) {
  if (hash.length < 2) return structuredClone(EMPTY);
  const text = atob(hash.slice(1).replaceAll("-", "+").replaceAll("_", "/"));
  const read = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0))));
  const known = Object.fromEntries(Object.entries(read).filter(([name]) => name in EMPTY));
  const s = { ...structuredClone(EMPTY), ...known };
  const lists = [s.off, s.added, s.watch].every(Array.isArray);
  const tables = [s.moved, s.assume].every((each) => each && typeof each === "object");
  if (!lists || !tables || !s.added.every((act) => act?.fields)) throw new Error("no state");
  return s;
}

// Another scenario is a step that Back undoes; a moved slider is none.
export function putLink({ step = false } = {}) {
  const link = location.pathname + toHash(page.state);
  if (step) history.pushState(null, "", link);
  else history.replaceState(null, "", link);
}
