/** Lines of an answer over the map, such as the routes from a building: who goes there by colour, width and word. */
import { element } from "./elements.js";
import { middleOf } from "./shapes.js";

const ALONG = [0.5, 0.66, 0.34, 0.8, 0.2];

export class Paths {
  constructor(overlay, finder) {
    this.finder = finder;
    this.group = overlay.group("paths");
    this.overlays = [];
  }

  take(overlays) {
    const sign = JSON.stringify(overlays);
    if (sign === this.sign) return;
    this.sign = sign;
    this.overlays = overlays;
    this.show();
  }

  show() {
    const ground = this.finder.ground();
    if (!ground) return;
    const lines = [];
    const pins = [];
    for (const { paths } of this.overlays) {
      // Ways that share a street lie within each other, the first one outermost.
      paths.forEach(({ coordinates, label, tone, dashed }, i) => {
        if (coordinates.length < 2) return;
        const points = ground.drape(coordinates);
        const width = `width-${Math.min(paths.length - 1 - i, 3)}`;
        lines.push({ points, classes: [`casing ${width}`, `core ${tone} ${width} ${dashed ? "dashed" : ""}`] });
        const end = points.at(-1);
        pins.push({ node: element("span", { className: `city-map-end ${tone}`, "aria-hidden": "true" }), place: end });
        const [place, ...along] = ALONG.map((share) => middleOf(points, share));
        pins.push({ node: element("span", { className: `city-map-way ${tone}` }, label), place, along, centred: true });
      });
    }
    this.group.show(lines, pins);
  }
}
