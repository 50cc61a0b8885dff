/** The divider between two answers on one map: by mouse, finger and keyboard. */
import { element } from "./elements.js";

export class Swipe {
  /**
   * @param {HTMLElement} parent
   * @param {{moved: () => void, rest: (at: number) => void}} tell
   */
  constructor(parent, tell) {
    this.parent = parent;
    this.tell = tell;
    this.at = 0.5;
    /** What the shaders read: pixels of the page left of which the first answer is shown. */
    this.shared = { left: 1e6 };
    this.left = element("span", { className: "city-map-side left" });
    this.right = element("span", { className: "city-map-side right" });
    this.handle = element("div", { className: "city-map-grip", role: "slider", tabIndex: 0, "aria-valuemin": 0, "aria-valuemax": 100 });
    this.root = element("div", { className: "city-map-divider", hidden: true }, this.left, this.right, this.handle);
    this.whole = element("span", { className: "city-map-side whole", hidden: true });
    parent.append(this.root, this.whole);
    this.listen();
    new ResizeObserver(() => this.place()).observe(parent);
  }

  /** @param {object|null} other what the page says of the second answer; news: whether its place of the divider is new */
  take(other, text, news) {
    if (other && news) this.at = other.at;
    this.mode = other ? (other.difference ? "difference" : "swipe") : "off";
    this.root.hidden = this.mode !== "swipe";
    this.whole.hidden = this.mode !== "difference";
    if (other) {
      this.left.textContent = other.left;
      this.right.textContent = other.right;
      this.whole.textContent = text["Difference: {right} against {left}"].replace("{right}", other.right).replace("{left}", other.left);
      this.handle.setAttribute("aria-label", text["Divider between {left} and {right}"].replace("{left}", other.left).replace("{right}", other.right));
    }
    this.place();
  }

  place() {
    const width = this.parent.clientWidth;
    const x = Math.round(this.at * width);
    this.shared.left = this.mode === "swipe" ? x : this.mode === "difference" ? -1 : 1e6;
    this.root.style.transform = `translateX(${x}px)`;
    const share = Math.round(this.at * 100);
    this.handle.setAttribute("aria-valuenow", share);
    this.handle.setAttribute("aria-valuetext", `${share} %`);
    this.left.style.maxWidth = `${Math.max(0, x - 24)}px`;
    this.right.style.maxWidth = `${Math.max(0, width - x - 24)}px`;
  }

  move(at) {
    const next = Math.min(Math.max(at, 0), 1);
    if (next === this.at) return;
    this.at = next;
    this.place();
    this.tell.moved();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell.rest(this.at), 500);
  }

  listen() {
    const { handle } = this;
    let grip = null;
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      handle.setPointerCapture(event.pointerId);
      grip = this.at * this.parent.clientWidth - event.clientX;
    });
    handle.addEventListener("pointermove", (event) => {
      if (grip !== null) this.move((event.clientX + grip) / this.parent.clientWidth);
    });
    for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, () => (grip = null));
    handle.addEventListener("keydown", (event) => {
      const by = event.shiftKey ? 0.1 : 0.02;
      const to = { ArrowLeft: this.at - by, ArrowDown: this.at - by, ArrowRight: this.at + by, ArrowUp: this.at + by, Home: 0, End: 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.move(to);
    });
  }
}
