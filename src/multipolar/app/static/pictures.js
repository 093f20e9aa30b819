// Pictures: the same Vega-Lite specifications as the report's, drawn once, then fed new numbers.

const views = new Map(); // key of a figure -> {view, node}
const specs = new Map(); // key of a figure -> its specification, kept for when it comes into sight
let shapes = null;

const OPTIONS = {
  actions: false,
  renderer: "svg",
  ast: true, // expressions are interpreted: no string becomes code
  defaultStyle: false,
  logLevel: 1, // errors
};

export function drawn(key) {
  return views.has(key) && views.get(key).node.isConnected;
}

export function remember(figure) {
  if (figure.spec) specs.set(figure.key, { spec: figure.spec, fixed: figure.fixed });
}

export async function draw(figure, node) {
  const { spec: kept, fixed } = specs.get(figure.key);
  const spec = structuredClone(kept);
  Object.assign(spec.datasets, figure.datasets);
  for (const param of spec.params) param.value = figure.settings[param.name] ?? param.value;
  if (fixed.length) {
    shapes ??= await (await fetch("/api/shapes")).json();
    for (const name of fixed) spec.datasets[name] = shapes[name];
  }
  fit(spec, node.clientWidth);
  if (views.has(figure.key)) views.get(figure.key).view.finalize();
  const { view, vgSpec } = await window.vegaEmbed(node, spec, OPTIONS);
  const named = new Set(vgSpec.data.map((data) => data.name)); // a picture may use few of them
  views.set(figure.key, { view, node, named });
  label(figure, node);
}

export async function feed(figure) {
  const { view, node, named } = views.get(figure.key);
  for (const [name, rows] of Object.entries(figure.datasets)) {
    if (named.has(name)) view.data(name, rows);
  }
  for (const [name, value] of Object.entries(figure.settings)) view.signal(name, value);
  await view.runAsync();
  label(figure, node);
}

function label(figure, node) {
  const svg = node.querySelector("svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", figure.alt);
  for (const inner of svg.querySelectorAll("[aria-roledescription]")) {
    inner.setAttribute("aria-hidden", "true"); // the label above and the table say it all
  }
}

// Widths are those of a report's column: squeeze what is measured in pixels into a narrow page.
function fit(spec, room) {
  if (typeof spec.width === "number" && typeof spec.height === "number") {
    spec.autosize = { type: "fit-x", contains: "padding" };
    spec.width = Math.min(room - 16, spec.width + 150);
    if (spec.layer?.some((l) => l.projection)) spec.height = Math.min(spec.height, spec.width / 2);
  } else if (typeof spec.width === "number") {
    spec.width = Math.max(120, Math.min(spec.width, room - 220)); // beside the names of the rows
  } else if (spec.hconcat && typeof spec.hconcat[0].width === "number") {
    spec.hconcat[0].width = Math.max(90, Math.min(spec.hconcat[0].width, room - 270));
  }
  for (const part of spec.layer ?? []) {
    const legend = part.encoding?.color?.legend;
    const beside = part.projection || spec.projection ? 60 : 170; // what stands left of the picture
    if (legend?.gradientLength) legend.gradientLength = Math.min(legend.gradientLength, room - beside);
  }
}
