// SPDX-License-Identifier: Apache-2.0
// A canvas to draw on in light ink, by pointer or keyboard.

const PEN = 44;
const STEP = 14;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Calls `changed()` after every piece of ink and `cleared()` when the board is empty again. */
export class Board {
  #canvas;
  #context;
  #ink = [];
  #pen;
  #penDown = false;
  #pointer = null;
  #focused = false;

  constructor(canvas, { changed, cleared }) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.changed = changed;
    this.cleared = cleared;
    this.#pen = [canvas.width / 2, canvas.height / 4];
    this.#paint();
    canvas.addEventListener("pointerdown", (event) => this.#start(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { this.#pointer = null; });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => { this.#focused = canvas.matches(":focus-visible"); this.#paint(); });
    canvas.addEventListener("blur", () => { this.#focused = false; this.#penDown = false; this.#paint(); });
  }

  get empty() { return this.#ink.length === 0; }

  /** The drawing as a PNG data URL, light ink on black. */
  picture() {
    this.#paint({ withPen: false });
    const url = this.#canvas.toDataURL("image/png");
    this.#paint();
    return url;
  }

  clear() {
    this.#ink = [];
    this.#penDown = false;
    this.#paint();
    this.cleared();
  }

  #position(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [
      (event.clientX - box.left) * this.#canvas.width / box.width,
      (event.clientY - box.top) * this.#canvas.height / box.height,
    ];
  }

  #start(event) {
    if (event.button !== 0 || this.#pointer !== null) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.#ink.push([this.#position(event)]);
    this.#inked();
  }

  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    // Fast strokes arrive several points to an event.
    const points = event.getCoalescedEvents?.() ?? [];
    for (const point of points.length ? points : [event]) this.#ink.at(-1).push(this.#position(point));
    this.#inked();
  }

  #key(event) {
    if (event.key in MOVES) {
      const [x, y] = MOVES[event.key];
      const limit = (value, size) => Math.min(Math.max(value, PEN / 2), size - PEN / 2);
      this.#pen = [
        limit(this.#pen[0] + x * STEP, this.#canvas.width),
        limit(this.#pen[1] + y * STEP, this.#canvas.height),
      ];
      if (this.#penDown) this.#ink.at(-1).push(this.#pen);
    } else if (event.key === " ") {
      this.#penDown = !this.#penDown;
      if (this.#penDown) this.#ink.push([this.#pen]);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
    } else {
      return;
    }
    event.preventDefault();
    this.#focused = true;
    if (this.#penDown) this.#inked();
    else this.#paint();
  }

  #inked() {
    this.#paint();
    this.changed();
  }

  #paint({ withPen = true } = {}) {
    const context = this.#context;
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.fillStyle = "#fff";
    Object.assign(context, { strokeStyle: "#fff", lineWidth: PEN, lineCap: "round", lineJoin: "round" });
    for (const stroke of this.#ink) {
      // A line of no length leaves no ink, and a stroke may be a dot.
      context.beginPath();
      context.arc(...stroke[0], PEN / 2, 0, 2 * Math.PI);
      context.fill();
      context.beginPath();
      for (const point of stroke) context.lineTo(...point);
      context.stroke();
    }
    if (!withPen || !this.#focused) return;
    Object.assign(context, { strokeStyle: this.#penDown ? "#2dd4bf" : "#93a5a0", lineWidth: 4 });
    context.beginPath();
    context.arc(...this.#pen, PEN / 2, 0, 2 * Math.PI);
    context.stroke();
  }
}
