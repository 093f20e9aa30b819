// Pictures: the same Vega-Lite specifications as the report's, drawn once, then fed new numbers.

const views = new Map(); // key of a figure -> {view, node}
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

export async function draw(figure, node) {
  const spec = structuredClone(figure.spec);
  if (figure.fixed.length) {
    shapes ??= await (await fetch("/api/shapes")).json();
    for (const name of figure.fixed) spec.datasets[name] = shapes[name];
  }
  fit(spec, node.clientWidth);
  if (views.has(figure.key)) views.get(figure.key).view.finalize();
  const { view } = await window.vegaEmbed(node, spec, OPTIONS);
  views.set(figure.key, { view, node, width: node.clientWidth });
  label(figure, node);
}

export async function feed(figure) {
  const { view, node } = views.get(figure.key);
  for (const [name, rows] of Object.entries(figure.datasets)) view.data(name, rows);
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
  if (typeof spec.width === "number") {
    const wanted = spec.projection || spec.layer?.some((l) => l.projection) ? room - 16 : room;
    spec.autosize = { type: "fit-x", contains: "padding" };
    spec.width = Math.min(wanted, Math.max(spec.width + 150, 320));
    if (spec.height === 345) spec.height = Math.round(Math.min(345, spec.width * 0.5));
  } else if (spec.hconcat && typeof spec.hconcat[0].width === "number") {
    spec.hconcat[0].width = Math.max(90, Math.min(spec.hconcat[0].width, room - 270));
  }
  for (const part of spec.layer ?? []) {
    const legend = part.encoding?.color?.legend;
    if (legend?.gradientLength) legend.gradientLength = Math.min(legend.gradientLength, room - 60);
  }
}
