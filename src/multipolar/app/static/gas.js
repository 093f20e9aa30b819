// Gas: which network the acts on gas work on, and the names of its links and nodes.

import { $, make } from "./dom.js";
import { onGas, page } from "./state.js";

export function setUpGas(changed) {
  const { networks, links, nodes, regions } = page.choices.gas;
  $("network").replaceChildren(...networks.map((name) => make("option", { value: name }, named(name))));
  $("links-list").replaceChildren(...links.map((name) => make("option", { value: name })));
  $("nodes-list").replaceChildren(
    ...Object.entries(nodes).map(([code, name]) => make("option", { value: name, label: code })),
    ...regions.map((name) => make("option", { value: name })));
  $("network").addEventListener("change", () => { page.state.network = $("network").value; changed(); });
}

const named = (name) => {
  const year = name.replace("gas-", "");
  return Number(year) > 2025 ? `${year}, an outlook that is assumed` : year;
};

// The choice is shown where something is about gas.
export function showGas() {
  $("gas").hidden = !onGas();
  $("network").value = page.state.network || page.scenario?.network || page.choices.gas.usual;
}
