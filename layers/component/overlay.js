/**
 * Lines and marks over the map, in SVG and HTML: they follow the camera frame by frame, cost the graphics card nothing, can
 * be reached by keyboard, and a line under the pointer moves at once even where a frame of the map takes a second.
 */
import { element, svg } from "./elements.js";
import { project, projectLine, projectRing } from "./sight.js";

const text = (lines) => lines.map((line) => `M${line.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`).join("");

/** Lines and marks that come and go together. */
class Group {
  constructor(overlay, name) {
    this.overlay = overlay;
    this.lines = [];
    this.pins = [];
    this.boxes = [];
    this.svg = svg("g", { class: `city-map-${name}` });
    this.html = element("div", { className: `city-map-${name}` });
  }

  /**
   * @param {{points: number[][], classes: string[], area?: boolean}[]} lines each drawn once per class, in that order
   * @param {{place: number[], node: HTMLElement, along?: number[][], centred?: boolean}[]} pins `along`: other places to stand, where
   * the first is taken
   */
  show(lines, pins = []) {
    this.lines = lines.map((line) => ({ ...line, nodes: line.classes.map((name) => svg("path", { class: name })) }));
    this.pins = pins;
    // All casings lie below all cores: crossing lines join.
    const depth = Math.max(0, ...lines.map(({ classes }) => classes.length));
    this.svg.replaceChildren(
      ...Array.from({ length: depth }, (_, i) => this.lines.map(({ nodes }) => nodes[i]).filter(Boolean)).flat(),
    );
    this.html.replaceChildren(...pins.map(({ node }) => node));
    this.place();
  }

  place() {
    const { viewport } = this.overlay;
    if (!viewport) return;
    for (const line of this.lines) {
      const { points, area, nodes } = line;
      if (area) {
        const ring = projectRing(viewport, points);
        line.pixels = [[...ring, ...ring.slice(0, 1)]];
      } else line.pixels = projectLine(viewport, points);
      const d = text(line.pixels.filter(({ length }) => length > 1));
      for (const node of nodes) node.setAttribute("d", d);
    }
    // Words give way to those of the groups below.
    const { groups } = this.overlay;
    const taken = groups.slice(0, groups.indexOf(this)).flatMap(({ boxes }) => boxes);
    const before = taken.length;
    for (const pin of this.pins) this.placePin(pin, taken);
    this.boxes = taken.slice(before);
  }

  placePin(pin, taken) {
    const { viewport } = this.overlay;
    const { node, along } = pin;
    let at = project(viewport, pin.place);
    if (along) {
      const { offsetWidth: wide, offsetHeight: high } = node;
      // Measured while it is shown; what is hidden has no size.
      if (wide && !node.classList.contains("short")) pin.box = pin.centred ? [-wide / 2, -high / 2, wide, high] : [node.offsetLeft, node.offsetTop, wide, high];
      const [left, top, width, height] = pin.box ?? [0, 0, 0, 0];
      const boxAt = ([x, y]) => [x + left, y + top, x + left + width, y + top + height];
      const free = (box) => taken.every(([a, b, c, d]) => box[0] > c + 3 || box[2] < a - 3 || box[1] > d + 3 || box[3] < b - 3);
      const inside = ([a, b, c, d]) => a > 0 && b > 0 && c < viewport.width && d < viewport.height;
      const places = [pin.place, ...along].map((place) => project(viewport, place)).filter(Boolean);
      const place = places.find((pixel) => free(boxAt(pixel)) && inside(boxAt(pixel))) ?? places.find((pixel) => free(boxAt(pixel)));
      // Where there is room for no word, the symbol says it.
      node.classList.toggle("short", !place);
      if (place) taken.push(boxAt(place));
      at = place ?? at;
    }
    const seen = at && at[0] > -200 && at[1] > -200 && at[0] < viewport.width + 200 && at[1] < viewport.height + 200;
    node.hidden = !seen;
    if (seen) node.style.transform = `translate(${at[0].toFixed(1)}px, ${at[1].toFixed(1)}px)`;
  }
}

export class Overlay {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.viewport = null;
    this.groups = [];
    this.svg = svg("svg", { class: "city-map-overlay", "aria-hidden": "true" });
    this.html = element("div", { className: "city-map-overlay" });
    parent.append(this.svg, this.html);
  }

  /** A new group over the earlier ones. */
  group(name) {
    const made = new Group(this, name);
    this.groups.push(made);
    this.svg.append(made.svg);
    this.html.append(made.html);
    return made;
  }

  /** Follows the camera. */
  follow(viewport) {
    if (!viewport || (this.viewport && viewport.equals(this.viewport))) return;
    this.viewport = viewport;
    for (const group of this.groups) group.place();
  }
}
