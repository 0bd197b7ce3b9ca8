// SPDX-License-Identifier: Apache-2.0
// The tabular page: a form made from the model's own columns.

import { makeBars, percent } from "./bars.js";
import { ask, Refused } from "./service.js";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const element = (id) => document.getElementById(id);

try {
  const model = await firstTabular();
  const fields = model.input.columns.map(makeField);
  element("fields").replaceChildren(...fields.map(({ box }) => box));
  const show = makeBars(element("bars"), model.labels);
  element("form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit(fields, show, model);
  });
  element("reset").addEventListener("click", () => fields.forEach((field) => field.reset()));
  element("form").hidden = false;
} catch (failure) {
  element("unavailable").textContent = failure.message;
}

async function firstTabular() {
  const { models } = await ask("models");
  const found = models.find(({ loaded, task }) => loaded && task === "tabular-classification");
  if (!found) throw new Refused("No tabular model is loaded here.");
  return ask(pathOf(found));
}

function pathOf(model) {
  return `models/${encodeURIComponent(model.name)}`;
}

function makeField(column) {
  const box = document.createElement("div");
  box.className = "field";
  const label = box.appendChild(document.createElement("label"));
  label.textContent = column.name;
  const input = box.appendChild(document.createElement("input"));
  input.id = label.htmlFor = `column-${column.name}`;
  input.name = column.name;
  const about = box.appendChild(document.createElement("small"));
  const problem = box.appendChild(document.createElement("span"));
  problem.className = "problem";
  about.id = `${input.id}-about`;
  problem.id = `${input.id}-problem`;
  input.setAttribute("aria-describedby", `${about.id} ${problem.id}`);

  const isBoolean = column.type === "boolean";
  input.type = isBoolean ? "checkbox" : "text";
  if (!isBoolean) {
    input.inputMode = "decimal";
    input.autocomplete = "off";
    if (column.min != null && column.max != null) about.textContent = `${short(column.min)} … ${short(column.max)}`;
  }

  function explain(text) {
    problem.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  function reset() {
    const mean = column.mean ?? 0;
    if (isBoolean) input.checked = mean >= 0.5;
    else input.value = column.type === "integer" ? Math.round(mean) : short(mean);
    explain("");
  }

  // What is no number goes out as it was typed: the service's own words then say what it expected.
  function value() {
    if (isBoolean) return input.checked;
    const text = input.value.trim();
    return NUMBER.test(text) ? Number(text) : text;
  }

  reset();
  return { name: column.name, box, input, explain, reset, value };
}

async function submit(fields, show, model) {
  element("failure").textContent = "";
  fields.forEach((field) => field.explain(""));
  try {
    const record = Object.fromEntries(fields.map((field) => [field.name, field.value()]));
    const answer = await ask(`${pathOf(model)}/predict`, record);
    element("winner").textContent = answer.prediction;
    element("verdict").textContent = `Predicted ${answer.prediction}`;
    const of = model.positive_label ?? answer.prediction;
    element("confidence").textContent = `Probability of ${of}: ${percent(answer.probability)}`;
    show(answer.probabilities);
  } catch (failure) {
    element("failure").textContent = failure.message;
    explainAtFields(fields, failure.detail ?? []);
  }
}

function explainAtFields(fields, detail) {
  const wrong = detail.flatMap(({ field, expected, got }) => {
    const found = fields.find(({ name }) => name === field);
    found?.explain(`Expected ${expected}, got ${got}.`);
    return found ? [found] : [];
  });
  wrong[0]?.input.focus();
}

function short(value) {
  return String(Number(value.toPrecision(6)));
}
