/** Zoom, compass, scale bar and attribution over the map. */
import { button, element } from "./elements.js";

const NICE = [1, 2, 5];

/** The largest round length in metres that fits into so many. */
function roundLength(metres) {
  const power = 10 ** Math.floor(Math.log10(metres));
  return NICE.filter((n) => n * power <= metres).pop() * power;
}

export class Controls {
  /**
   * @param {HTMLElement} parent
   * @param {{zoom: (by: number) => void, north: () => void}} actions
   */
  constructor(parent, actions) {
    this.actions = actions;
    this.buttons = element("div", { className: "city-map-buttons" });
    this.length = element("span");
    this.scale = element("div", { className: "city-map-scale" }, this.length);
    this.credits = element("div", { className: "city-map-credits" });
    this.badge = element("strong", { className: "city-map-badge" });
    parent.append(this.buttons, this.badge, element("div", { className: "city-map-foot" }, this.scale, this.credits));
  }

  update({ attribution, badge }, text) {
    this.needle = element("span", { className: "city-map-needle", "aria-hidden": "true" }, "▲");
    const compass = button("", text["Look north and from above again"], this.actions.north, "city-map-compass");
    compass.append(this.needle, "N");
    const focused = [...this.buttons.children].indexOf(document.activeElement);
    this.buttons.replaceChildren(
      button("+", text["Zoom in"], () => this.actions.zoom(1)),
      button("−", text["Zoom out"], () => this.actions.zoom(-1)),
      compass,
    );
    this.buttons.children[focused]?.focus();
    this.credits.textContent = attribution;
    this.badge.textContent = badge;
    this.badge.hidden = !badge;
  }

  /** Follows the camera. */
  camera({ latitude, zoom, bearing }) {
    const metresPerPixel = (156543.034 / 2) * Math.cos((latitude * Math.PI) / 180) / 2 ** zoom;
    const metres = roundLength(metresPerPixel * 110);
    this.scale.style.width = `${Math.round(metres / metresPerPixel)}px`;
    this.length.textContent = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
    if (this.needle) this.needle.style.transform = `rotate(${-(bearing ?? 0)}deg)`;
  }
}
