// A form: inputs for fields, read all at once, each told what is wrong with it.

import { make } from "./dom.js";
import { inputOf, Wrong } from "./inputs.js";

export function formOf(fields, makeActs) {
  const inputs = fields.map((field) => inputOf(field, makeActs));
  const node = make("div", { className: "fields" }, ...inputs.map((input) => input.node));

  // The fields that were filled in; null where some cannot be read, which then say so.
  const read = () => {
    const found = {};
    let whole = true;
    for (const input of inputs) {
      input.complain("");
      try {
        const value = input.read();
        if (value !== undefined) found[input.field.name] = value;
      } catch (error) {
        if (!(error instanceof Wrong)) throw error;
        if (whole) input.target.focus();
        input.complain(error.message);
        whole = false;
      }
    }
    return whole ? found : null;
  };

  // What a refusal is about, at its field; returns what belongs to none.
  const complain = (refused) => {
    const left = [];
    for (const { field, message } of refused.each) {
      const parts = (field ?? "").split(".");
      const input = inputs.find((each) => parts.includes(each.field.name));
      if (input) input.complain(message);
      else left.push(field ? `${field}: ${message}` : message);
    }
    return left.join(" ");
  };
  return { node, inputs, read, complain };
}
