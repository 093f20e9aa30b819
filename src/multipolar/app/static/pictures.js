// Pictures: the same Vega-Lite specifications as the report's, drawn once, then fed new numbers.

const views = new Map(); // key of a figure -> {view, node, named, figure, width}
const specs = new Map(); // key of a figure -> its specification, kept for when it comes into sight
let shapes = null;

const OPTIONS = {
  actions: false,
  renderer: "svg",
  ast: true, // expressions are interpreted: no string becomes code
  defaultStyle: false,
  logLevel: 1, // errors
};
const SCALE = 2; // pixels of a PNG per pixel of the picture
const LINE = 112; // characters of a caption line

export function drawn(key) {
  return views.has(key) && views.get(key).node.isConnected;
}

export function remember(figure) {
  if (figure.spec) specs.set(figure.key, { spec: figure.spec, fixed: figure.fixed });
}

export function forget(keys) {
  for (const key of keys) {
    views.get(key)?.view.finalize();
    views.delete(key);
    specs.delete(key);
  }
}

// The specification with the figure's numbers in it.
async function filled(figure) {
  const { spec: kept, fixed } = specs.get(figure.key);
  const spec = structuredClone(kept);
  Object.assign(spec.datasets, figure.datasets);
  for (const param of spec.params) {
    param.value = figure.settings[param.name] ?? param.value;
    if (param.bind && drawn(figure.key)) param.value = views.get(figure.key).view.signal(param.name); // where its slider stands
  }
  if (fixed.length) {
    shapes ??= await (await fetch("/api/shapes")).json();
    for (const name of fixed) spec.datasets[name] = shapes[name];
  }
  return spec;
}

export async function draw(figure, node) {
  const spec = await filled(figure);
  const width = node.clientWidth;
  fit(spec, width);
  views.get(figure.key)?.view.finalize();
  const { view, vgSpec } = await window.vegaEmbed(node, spec, OPTIONS);
  const named = new Set(vgSpec.data.map((data) => data.name)); // a picture may use few of them
  views.set(figure.key, { view, node, named, figure, width });
  node.dataset.key = figure.key;
  resized.observe(node);
  label(figure, node);
}

export async function feed(figure) {
  const known = views.get(figure.key);
  known.figure = figure;
  for (const [name, rows] of Object.entries(figure.datasets)) {
    if (known.named.has(name)) known.view.data(name, rows);
  }
  for (const [name, value] of Object.entries(figure.settings)) known.view.signal(name, value);
  await known.view.runAsync();
  label(figure, known.node);
}

// The picture as a newspaper needs it: title, case, caption and source within; a URL of its data.
export async function png(figure, about) {
  const { $schema, config, params, datasets, description, ...inner } = await filled(figure);
  const above = figure.subtitle.includes(about) ? [] : [about];
  inner.title = { text: figure.title, subtitle: [...above, figure.subtitle].filter(Boolean) };
  const under = {
    text: wrapped(figure.caption), orient: "bottom", anchor: "start", fontSize: 10.5, fontWeight: "normal",
    color: config.title.subtitleColor, offset: 12, lineHeight: 14,
  };
  const whole = { $schema, config, params, datasets, description, vconcat: [inner], title: under };
  const { view } = await window.vegaEmbed(document.createElement("div"), whole, { ...OPTIONS, renderer: "canvas" });
  const url = await view.toImageURL("png", SCALE);
  view.finalize();
  return url;
}

function wrapped(text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1).length + word.length > LINE) lines.push("");
    lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines;
}

function label(figure, node) {
  const svg = node.querySelector("svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", figure.alt);
  for (const inner of svg.querySelectorAll("[aria-roledescription]")) {
    inner.setAttribute("aria-hidden", "true"); // the label above and the table say it all
  }
}

// A picture whose place has become narrower or wider is drawn again.
const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const known = views.get(target.dataset.key);
    if (!known || !target.isConnected || !target.clientWidth || Math.abs(target.clientWidth - known.width) < 12) continue;
    known.width = target.clientWidth;
    clearTimeout(known.timer);
    known.timer = setTimeout(() => target.isConnected && draw(known.figure, target), 150);
  }
});

const maps = (spec) => spec.projection || spec.layer?.some((layer) => layer.projection);

// Widths are those of a report's column: squeeze what is measured in pixels into a narrow page.
function fit(spec, room) {
  if (typeof spec.width === "number" && typeof spec.height === "number") {
    const whole = spec.width + 150;
    spec.autosize = { type: "fit-x", contains: "padding" };
    spec.width = Math.min(room - 16, whole);
    if (maps(spec)) spec.height = Math.min(spec.height, spec.width * 0.5);
  } else if (typeof spec.width === "number") {
    spec.width = Math.max(120, Math.min(spec.width, room - 220)); // beside the names of the rows
  } else if (spec.hconcat && typeof spec.hconcat[0].width === "number") {
    spec.hconcat[0].width = Math.max(90, Math.min(spec.hconcat[0].width, room - 270));
  }
  const beside = maps(spec) ? 60 : 170; // what stands left of the picture
  for (const part of spec.layer ?? []) {
    const legend = part.encoding?.color?.legend;
    if (legend?.gradientLength) legend.gradientLength = Math.min(legend.gradientLength, room - beside);
  }
}
