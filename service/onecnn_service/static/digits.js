// SPDX-License-Identifier: Apache-2.0
// The digit page: what is on the board goes to the service while one draws.

import { makeBars, percent } from "./bars.js";
import { Board } from "./board.js";
import { ask } from "./service.js";

const element = (id) => document.getElementById(id);

let show = () => {};
let newest = null;
let asking = false;
let outdated = false;

const board = new Board(element("board"), { changed: update, cleared: forget });
element("clear").addEventListener("click", () => board.clear());
label();

/** The bars are the model's own labels; one may draw before they are known. */
async function label() {
  try {
    const { labels } = await ask("model-info");
    show = makeBars(element("bars"), labels);
    show(newest);
  } catch (failure) {
    element("failure").textContent = failure.message;
  }
}

/** Ask about the newest drawing. One request at a time: answers come in order and a slow link isn't flooded. */
async function update() {
  outdated = true;
  if (asking) return;
  asking = true;
  while (outdated && !board.empty) {
    // Many points may be drawn within a frame; one question does for them.
    await new Promise(requestAnimationFrame);
    outdated = false;
    try {
      const answer = await ask("predict-drawing?show_input=true", { image: board.picture() });
      if (!board.empty) present(answer);
    } catch (failure) {
      element("failure").textContent = failure.message;
      break;
    }
  }
  asking = false;
}

function present(answer) {
  element("failure").textContent = "";
  element("winner").textContent = answer.predicted_digit;
  element("verdict").textContent = `This is a ${answer.predicted_digit}`;
  element("confidence").textContent = `${percent(answer.confidence)} sure`;
  newest = answer.all_probabilities;
  show(newest);
  showSeen(answer.model_input);
}

function forget() {
  element("failure").textContent = "";
  element("winner").textContent = "–";
  element("verdict").textContent = "Nothing drawn yet";
  element("confidence").textContent = "Draw one digit, as large as you like.";
  newest = null;
  show(newest);
  showSeen(null);
}

function showSeen(rows) {
  const canvas = element("seen");
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!rows) return;
  [canvas.height, canvas.width] = [rows.length, rows[0].length];
  const image = context.createImageData(canvas.width, canvas.height);
  rows.flat().forEach((grey, index) => image.data.set([grey, grey, grey, 255], index * 4));
  context.putImageData(image, 0, 0);
}
