/** The list of layers with their legends, at the left, folded on a narrow screen. */
import { button, element } from "./elements.js";
import { drawIcon, styleOf } from "./icons.js";
import { patternCss } from "./patterns.js";

/** Layers whose legends are open at first; the others are one click away, so that the list fits beside the map. */
const OPEN_AT_FIRST = new Set(["flood"]);

function swatch({ colour, pattern, shape }, code) {
  if (shape === "area" || shape === "line") {
    const made = element("span", { className: `city-map-swatch ${shape}`, "aria-hidden": "true" });
    made.style.background = patternCss(colour, pattern);
    return made;
  }
  const states = shape === "shelter";
  const picture = drawIcon(shape === "sensor" ? "river_level" : shape, colour, styleOf(pattern === 1 ? 255 : code, states));
  picture.className = "city-map-swatch icon";
  picture.setAttribute("aria-hidden", "true");
  return picture;
}

function legendList(legend) {
  const list = element("ul", { className: "city-map-legend" });
  legend.entries.forEach((entry, code) =>
    list.append(element("li", {}, swatch(entry, code), element("span", {}, entry.label))),
  );
  const made = element("div", {}, list);
  if (legend.title) made.prepend(element("p", { className: "city-map-legend-title" }, legend.title));
  if (legend.note) made.append(element("p", { className: "city-map-legend-note" }, legend.note));
  return made;
}

export class Panel {
  /**
   * @param {HTMLElement} parent
   * @param {(id: string, visible: boolean) => void} onToggle
   */
  constructor(parent, onToggle) {
    this.onToggle = onToggle;
    this.shape = null;
    this.inTheWay = false;
    this.boxes = new Map();
    this.opened = new Map(); // what the person opened and closed, by layer and legend
    this.explained = new Set(); // legends that were opened unasked
    this.root = element("section", { className: "city-map-panel" });
    parent.append(this.root);
  }

  /** Shows these layers; keeps what the person has opened and closed. */
  update(layers, visible, text, narrow, overlays) {
    const shape = JSON.stringify([layers, text["Layers"]]);
    if (shape !== this.shape) this.build(layers, text, this.shape === null ? !narrow : !this.root.classList.contains("folded"));
    this.shape = shape;
    for (const [id, box] of this.boxes) box.checked = visible.has(id);
    this.list(overlays);
  }

  /** The lines of answers, over the layers. */
  list(overlays) {
    const named = overlays.filter(({ paths }) => paths.length);
    this.answers.replaceChildren(
      ...named.map(({ title, paths }) => {
        const made = element("ul", { className: "city-map-legend" });
        for (const { label, tone, dashed } of paths) {
          const line = element("span", { className: `city-map-swatch way ${tone} ${dashed ? "dashed" : ""}`, "aria-hidden": "true" });
          made.append(element("li", {}, line, element("span", {}, label)));
        }
        return element("section", { "aria-label": title }, element("h3", {}, title), made);
      }),
    );
    this.answers.hidden = !named.length;
  }

  build(layers, text, open) {
    this.boxes.clear();
    let fresh = null; // the legend of what was chosen last: it comes into view
    const body = element("div", { className: "city-map-panel-body", id: "city-map-panel-body" });
    for (const { id, title, legend } of layers) {
      const box = element("input", { type: "checkbox", onchange: () => this.onToggle(id, box.checked) });
      this.boxes.set(id, box);
      const label = element("label", { className: "city-map-layer" }, box, element("span", {}, title));
      const item = element("div", { "data-layer": id }, label);
      if (legend) {
        const key = `${id} ${legend.title}`;
        const opened = this.opened.get(key) ?? (legend.opened || OPEN_AT_FIRST.has(id));
        const details = element("details", { open: opened });
        if (legend.opened && !this.explained.has(key)) fresh = item;
        if (legend.opened) this.explained.add(key);
        details.append(
          element("summary", { "aria-label": `${text["Legend"]}: ${title}` }, text["Legend"]),
          legendList(legend),
        );
        details.addEventListener("toggle", () => {
          // A list that is open from the start says so too: only what differs is a person's doing.
          if (this.opened.has(key) || details.open !== opened) this.opened.set(key, details.open);
        });
        item.append(details);
      }
      body.append(item);
    }
    this.answers = element("div", { className: "city-map-answers" });
    body.prepend(this.answers);
    const fold = button(text["Layers"], text["Layers"], () => this.fold(!this.root.classList.contains("folded")), "city-map-fold");
    fold.setAttribute("aria-controls", body.id);
    this.foldButton = fold;
    this.root.replaceChildren(fold, body);
    this.fold(!open);
    if (fresh) body.scrollTop = fresh.offsetTop - body.offsetTop;
  }

  /** Makes way while something is drawn: what lies under the list can be reached; afterwards it is as it was. */
  makeWay(drawing) {
    if (drawing === this.inTheWay) return;
    if (drawing) this.wasOpen = !this.root.classList.contains("folded");
    if (drawing || this.wasOpen) this.fold(drawing);
    this.inTheWay = drawing;
  }

  fold(folded) {
    this.root.classList.toggle("folded", folded);
    this.foldButton.setAttribute("aria-expanded", String(!folded));
  }
}
