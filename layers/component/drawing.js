/** The drawing that is being made: corners, what is picked, and when it is finished. It knows nothing of pixels. */

const MOST_CORNERS = 2000; // as layers.sketch.MOST_CORNERS
const LEAST = { point: 1, ends: 2, line: 2, area: 3, pick: 1 };
const MOST = { point: 1, ends: 2, line: MOST_CORNERS, area: MOST_CORNERS, pick: MOST_CORNERS };

export class Drawing {
  /** @param {{changed: () => void, done: (drawn: object) => void, left: () => void}} tell */
  constructor(tell) {
    this.tell = tell;
    this.tool = null;
    this.sign = "null";
    this.clear();
  }

  clear() {
    this.corners = [];
    this.elements = []; // [layer, index]
    this.hover = null; // where the next corner would be
    this.finished = false; // sent, and not yet answered by the page
  }

  /** Takes what the page says is in the person's hand. The same tool again keeps the drawing, or begins the next one. */
  take(tool) {
    const sign = JSON.stringify(tool && [tool.kind, tool.shape, tool.layer]);
    if (sign !== this.sign) this.left = false;
    if (sign !== this.sign || this.finished) this.clear();
    this.sign = sign;
    this.tool = tool;
    this.tell.changed();
  }

  /** Whether clicks draw. */
  get active() {
    return Boolean(this.tool) && !this.left && !this.finished;
  }
  get picks() {
    return this.active && this.tool.shape === "pick";
  }
  get size() {
    return this.tool?.shape === "pick" ? this.elements.length : this.corners.length;
  }
  get complete() {
    return this.active && this.size >= LEAST[this.tool.shape];
  }
  /** Whether a person has to say that it is finished. */
  get open() {
    return this.active && MOST[this.tool.shape] === MOST_CORNERS;
  }

  add(place) {
    if (!this.active || this.size >= MOST[this.tool.shape]) return;
    this.corners.push(place);
    this.hover = null;
    if (this.size === MOST[this.tool.shape] && !this.open) this.finish();
    else this.tell.changed();
  }

  toggle(layer, index) {
    if (!this.picks) return;
    const rest = this.elements.filter(([name, row]) => name !== layer || row !== index);
    if (rest.length === this.elements.length && this.size < MOST_CORNERS) rest.push([layer, index]);
    this.elements = rest;
    this.tell.changed();
  }

  point(place) {
    this.hover = place;
    this.tell.changed();
  }

  undo() {
    if (!this.active) return;
    (this.picks ? this.elements : this.corners).pop();
    this.tell.changed();
  }

  finish() {
    if (!this.complete) return;
    this.hover = null;
    this.finished = true;
    this.tell.done({ kind: this.tool.kind, coordinates: this.corners, elements: this.elements });
    this.tell.changed();
  }

  leave() {
    if (!this.active) return;
    this.clear();
    this.left = true;
    this.tell.left();
    this.tell.changed();
  }
}
