/** What was drawn: lines, areas and symbols on the ground; the corners of the selected one can be moved. */
import { element } from "./elements.js";
import { mannerOf, mark } from "./marks.js";
import { metresBetween, project } from "./sight.js";

const NEAR = 8; // px within which a click on a line is meant for it
const REST = 700; // ms after the last key before a moved corner is told
const ALONG = [0.5, 0.25, 0.75, 0.1, 0.9]; // where the word of a line may stand, the first that is free
const LEAST = { point: 1, ends: 2, line: 2, area: 3, pick: 0 };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Distance of a pixel from a line of pixels. */
function distance([x, y], line) {
  let least = Infinity;
  for (let i = 1; i < line.length; i++) {
    const [[a, b], [c, d]] = [line[i - 1], line[i]];
    const share = Math.min(Math.max(((x - a) * (c - a) + (y - b) * (d - b)) / ((c - a) ** 2 + (d - b) ** 2 || 1), 0), 1);
    least = Math.min(least, Math.hypot(a + (c - a) * share - x, b + (d - b) * share - y));
  }
  return least;
}

/** Place in the middle of a line, by its length. */
export function middleOf(line, share = 0.5) {
  const lengths = line.slice(1).map((place, i) => metresBetween(line[i], place));
  let rest = lengths.reduce((sum, length) => sum + length, 0) * share;
  for (let i = 0; i < lengths.length; i++) {
    if (rest <= lengths[i] && lengths[i] > 0) {
      return line[i].map((value, k) => value + ((line[i + 1][k] - value) * rest) / lengths[i]);
    }
    rest -= lengths[i];
  }
  return line[0];
}

const centreOf = (ring) => [0, 1].map((k) => ring.reduce((sum, place) => sum + place[k], 0) / ring.length);

export class Shapes {
  /**
   * @param {object} overlay
   * @param {{edited: Function, chosen: Function}} tell
   * @param {object} finder
   */
  constructor(overlay, tell, finder) {
    this.overlay = overlay;
    this.tell = tell;
    this.finder = finder;
    this.lines = overlay.group("shapes");
    this.handles = overlay.group("handles");
    this.shapes = [];
    this.selected = "";
    this.acting = new Map(); // whether those that have a bar act at the moment shown
    this.changed = null; // {id, coordinates} not yet answered by the page
  }

  /** Takes what the page says is drawn. */
  take({ shapes, selected }, text) {
    this.text = text;
    if (this.dragging) return;
    const sign = JSON.stringify([shapes, selected, text.language]);
    if (sign === this.sign && !this.changed) return;
    this.sign = sign;
    this.changed = null;
    [this.shapes, this.selected] = [shapes, selected];
    this.show();
  }

  /** Whether those that have a bar act at the moment shown, by id. */
  moment(acting) {
    if ([...acting].join() === [...this.acting].join()) return;
    this.acting = acting;
    this.showLines();
  }

  coordinatesOf(shape) {
    return this.changed?.id === shape.id ? this.changed.coordinates : shape.coordinates;
  }

  show() {
    this.showLines();
    this.showHandles();
  }

  showLines() {
    const ground = this.finder.ground();
    if (!ground) return;
    const lines = [];
    const pins = [];
    for (const shape of this.shapes) {
      const { id, kind, elements } = shape;
      const places = this.coordinatesOf(shape);
      const state = `${mannerOf(kind)} ${kind} ${this.acting.get(id) ?? shape.active ? "" : "resting"} ${id === this.selected ? "selected" : ""}`;
      const add = (points, ...classes) => lines.push({ id, points, classes });
      const outlines = elements.flatMap(([layer, index]) => this.finder.outline(layer, index));
      for (const outline of outlines) add(outline, "casing", `core ${state}`);
      let at = null;
      let along = [];
      const beside = (line) => ([at, ...along] = ALONG.map((share) => middleOf(line, share)));
      if (outlines.length) beside(outlines[0]);
      if (shape.shape === "area" && places.length > 2) {
        const ring = ground.drape(places, true);
        lines.push({ points: ring, classes: [`fill ${state}`], area: true });
        add(ring, "casing", `core ${state}`);
        at = centreOf(places);
      } else if (places.length > 1) {
        add(ground.drape(places), "casing", `core ${state}`);
        beside(places);
      } else if (places.length) [at] = places;
      if (!at) continue;
      const node = mark(shape, () => this.tell.chosen(id), `${state} ${places.length > 1 && shape.shape !== "area" ? "above" : ""}`);
      const raised = (place) => (place.length > 2 ? place : [...place, ground.heightAt(...place)]);
      pins.push({ node, place: raised(at), along: along.map(raised) });
    }
    this.lines.show(lines, pins);
  }

  /** Id of the shape whose line lies under a pixel, null for none. */
  hit(x, y) {
    const near = this.lines.lines.filter(({ id, pixels }) => id && pixels?.some((line) => distance([x, y], line) <= NEAR));
    return near.at(-1)?.id ?? null;
  }

  showHandles() {
    const ground = this.finder.ground();
    const shape = this.shapes.find(({ id }) => id === this.selected);
    const focused = this.handles.pins.findIndex(({ node }) => node === document.activeElement);
    const pins = [];
    if (shape && ground && shape.shape !== "pick") {
      const places = this.coordinatesOf(shape);
      const add = (place, index, between) => {
        const name = this.text[between ? "Add a corner after corner {number} of {label}" : "Corner {number} of {label}"]
          .replace("{number}", between ? index : index + 1).replace("{label}", shape.label);
        const node = element("button", { type: "button", className: `city-map-corner ${between ? "between" : ""}`, "aria-label": name });
        const pin = { node, place: [...place, ground.heightAt(...place)] };
        pins.push(pin);
        this.listen(pin, shape, index, between);
      };
      places.forEach((place, i) => add(place, i, false));
      if (shape.shape === "line" || shape.shape === "area") {
        const sides = shape.shape === "area" ? places.length : places.length - 1;
        for (let i = 0; i < sides; i++) add(centreOf([places[i], places[(i + 1) % places.length]]), i + 1, true);
      }
    }
    this.handles.show([], pins);
    pins[focused]?.node.focus({ preventScroll: true });
  }

  /** Moves one corner for now; the page hears of it when the person lets go. */
  move(shape, pin, index, place) {
    const places = [...this.coordinatesOf(shape)];
    places[index] = place;
    this.changed = { id: shape.id, coordinates: places };
    pin.place = [...place, this.finder.ground().heightAt(...place)];
    this.handles.place();
    this.showLines();
  }

  settle() {
    clearTimeout(this.timer);
    this.dragging = false;
    if (!this.changed) return;
    this.tell.edited(this.changed.id, this.changed.coordinates);
    this.showHandles();
  }

  listen(pin, shape, number, between) {
    const { node } = pin;
    let index = number;
    let added = !between;
    const insert = () => {
      if (added) return;
      added = true;
      const places = [...this.coordinatesOf(shape)];
      places.splice(index, 0, pin.place.slice(0, 2));
      this.changed = { id: shape.id, coordinates: places };
    };
    let grip = null;
    node.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.overlay.viewport) return;
      node.setPointerCapture(event.pointerId);
      const [x, y] = project(this.overlay.viewport, pin.place) ?? [0, 0];
      grip = { dx: x - event.clientX, dy: y - event.clientY, from: [event.clientX, event.clientY], moved: false };
      this.dragging = true;
    });
    node.addEventListener("pointermove", (event) => {
      if (!grip) return;
      if (!grip.moved && Math.hypot(event.clientX - grip.from[0], event.clientY - grip.from[1]) < 3) return;
      const place = this.finder.under(event.clientX + grip.dx, event.clientY + grip.dy);
      if (!place) return;
      grip.moved = true;
      insert();
      this.move(shape, pin, index, place);
    });
    const release = () => {
      if (!grip) return;
      const { moved } = grip;
      grip = null;
      this.dragging = false;
      if (moved) this.settle();
    };
    node.addEventListener("pointerup", release);
    node.addEventListener("pointercancel", release);
    node.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (arrow) {
        event.preventDefault();
        const pixel = project(this.overlay.viewport, pin.place);
        const by = event.shiftKey ? 1 : 10;
        const place = pixel && this.finder.under(pixel[0] + arrow[0] * by, pixel[1] + arrow[1] * by);
        if (!place) return;
        insert();
        this.dragging = true;
        this.move(shape, pin, index, place);
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.settle(), REST);
      } else if ((event.key === "Delete" || event.key === "Backspace") && !between) {
        event.preventDefault();
        const places = this.coordinatesOf(shape).filter((_, i) => i !== index);
        if (places.length < LEAST[shape.shape]) return;
        this.changed = { id: shape.id, coordinates: places };
        this.settle();
        this.showLines();
      } else if (event.key === "Enter" && between) {
        event.preventDefault();
        insert();
        this.settle();
      }
    });
    node.addEventListener("blur", () => this.dragging && !grip && this.settle());
  }
}
