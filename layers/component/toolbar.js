/** What stands over the map while a tool is in hand: what to do, how long it is so far, and the buttons that end it. */
import { element } from "./elements.js";
import { metresBetween, squareMetres } from "./sight.js";

/** Length or area so far, in words; "" where neither says anything. */
function measured({ shape }, corners, language) {
  const number = (value) => new Intl.NumberFormat(language || undefined, { maximumSignificantDigits: 3 }).format(value);
  if (shape === "area" && corners.length > 2) {
    const size = squareMetres(corners);
    return size >= 1e6 ? `${number(size / 1e6)} km²` : size >= 1e4 ? `${number(size / 1e4)} ha` : `${number(size)} m²`;
  }
  if (shape === "point" || shape === "pick" || corners.length < 2) return "";
  const length = corners.slice(1).reduce((sum, corner, i) => sum + metresBetween(corners[i], corner), 0);
  return length >= 1000 ? `${number(length / 1000)} km` : `${number(length)} m`;
}

export class Toolbar {
  /**
   * @param {HTMLElement} parent
   * @param {{undo: () => void, finish: () => void, leave: () => void}} actions
   */
  constructor(parent, actions) {
    this.hint = element("p", { className: "city-map-hint", role: "status" });
    this.keys = element("p", { className: "city-map-keys" });
    this.size = element("output", { className: "city-map-size" });
    const plain = (name) => element("button", { type: "button", onclick: actions[name], className: `city-map-${name}` });
    this.buttons = { undo: plain("undo"), finish: plain("finish"), leave: plain("leave") };
    this.root = element(
      "div", { className: "city-map-toolbar", role: "toolbar", hidden: true },
      element("div", { className: "city-map-words" }, this.hint, this.keys),
      this.size,
      element("div", { className: "city-map-choices" }, this.buttons.undo, this.buttons.finish, this.buttons.leave),
    );
    parent.append(this.root);
  }

  update(drawing, text) {
    const { tool } = drawing;
    this.root.hidden = !drawing.active;
    if (this.root.hidden) return;
    this.root.setAttribute("aria-label", text["Drawing on the map"]);
    if (this.hint.textContent !== tool.hint) this.hint.textContent = tool.hint;
    this.keys.textContent = text[
      drawing.picks
        ? "Enter picks what lies in the middle, Backspace takes the last back, F finishes, Escape leaves."
        : "Enter sets a corner in the middle, Backspace takes it back, F finishes, Escape leaves."
    ];
    const { undo, finish, leave } = this.buttons;
    undo.textContent = text[drawing.picks ? "Undo last" : "Undo corner"];
    finish.textContent = text["Finish"];
    leave.textContent = text["Cancel"];
    undo.hidden = tool.shape === "point";
    undo.disabled = drawing.size === 0;
    finish.hidden = !drawing.open;
    finish.disabled = !drawing.complete;
    const corners = drawing.hover ? [...drawing.corners, drawing.hover] : drawing.corners;
    const size = drawing.picks ? text["{count} picked"].replace("{count}", drawing.size) : measured(tool, corners, text.language);
    if (this.size.textContent !== size) this.size.textContent = size;
    // Its place is kept while it says nothing: a button must not slip away from below the pointer.
    this.size.hidden = tool.shape === "point";
  }
}
