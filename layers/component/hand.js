/** What the person's hand does on the map: a click asks, or draws while a tool is in it; every tool works from the keyboard too. */
import { Drawing } from "./drawing.js";
import { element } from "./elements.js";
import { mannerOf } from "./marks.js";
import { project } from "./sight.js";
import { Toolbar } from "./toolbar.js";

const CLICK_TIME = 700; // ms a click may take
const CLICK_SLIP = 6; // px it may slip
const DOUBLE_TIME = 400; // ms between the clicks of a double click
const CLOSE = 12; // px within which a click means the first corner of an area
const WRITING = "input, textarea, select, [contenteditable], [role=dialog], [role=slider]";

export class Hand {
  /**
   * @param {object} map the CityMap
   * @param {object} finder
   */
  constructor(map, finder) {
    this.map = map;
    this.finder = finder;
    this.group = map.overlay.group("draft");
    this.by = "pointer"; // what moved last: decides whether Enter ends a drawing or sets a corner
    this.drawing = new Drawing({
      changed: () => this.show(),
      done: (drawn) => map.component.setTriggerValue("drawn", drawn),
      left: () => map.component.setTriggerValue("left_tool", true),
    });
    this.toolbar = new Toolbar(map.stage, {
      undo: () => this.drawing.undo(),
      finish: () => this.drawing.finish(),
      leave: () => this.drawing.leave(),
    });
    this.escape = (event) => {
      if (event.key === "Escape" && this.active && !event.defaultPrevented && !event.target.closest?.(WRITING)) this.drawing.leave();
    };
    document.addEventListener("keydown", this.escape);
  }

  /** Brings the bar of the tool before what was made since. */
  showOver(stage) {
    stage.append(this.toolbar.root);
  }

  destroy() {
    document.removeEventListener("keydown", this.escape);
  }

  get active() {
    return this.drawing.active;
  }
  /** Id of the layer that has to be seen for the tool in hand. */
  get layer() {
    return this.drawing.picks ? this.drawing.tool.layer : null;
  }

  /** Takes the tool that the page puts into the hand. */
  take(tool, text) {
    this.text = text;
    const before = this.drawing.sign;
    this.drawing.take(tool);
    if (this.active && this.drawing.sign !== before) {
      this.by = "pointer";
      // The keys are for the map now, unless they are needed where they are.
      const { activeElement } = document;
      const idle = !activeElement || activeElement === document.body || activeElement.matches("button:not([role=radio])");
      if (idle) this.map.deck?.getCanvas()?.focus({ preventScroll: true });
    }
  }

  /**
   * Clicks by the time stamps of the events themselves: on a slow computer deck.gl's own recogniser sees the release so
   * late that it takes a quick click for a long press and drops it.
   */
  listen(canvas) {
    let pressed = null;
    let last = { timeStamp: -Infinity, clientX: 0, clientY: 0 };
    const fingers = new Set();
    const slip = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    const pixel = (event) => {
      const frame = canvas.getBoundingClientRect();
      return [event.clientX - frame.left, event.clientY - frame.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      fingers.add(event.pointerId);
      pressed = fingers.size === 1 && event.button === 0 ? event : null;
    });
    canvas.addEventListener("pointerup", (event) => {
      fingers.delete(event.pointerId);
      const start = pressed;
      pressed = null;
      if (!start || event.timeStamp - start.timeStamp > CLICK_TIME || slip(event, start) > CLICK_SLIP) return;
      const twice = event.timeStamp - last.timeStamp < DOUBLE_TIME && slip(event, last) <= CLICK_SLIP;
      last = event;
      this.click(...pixel(event), twice);
    });
    canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch" || !this.active || this.drawing.picks) return;
      this.by = "pointer";
      this.hover(...pixel(event));
    });
    canvas.addEventListener("pointerleave", () => this.active && this.drawing.point(null));
    canvas.addEventListener("keydown", (event) => this.key(event, canvas));
  }

  hover(x, y) {
    this.hovered = [x, y];
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      if (this.active) this.drawing.point(this.finder.under(...this.hovered));
    });
  }

  click(x, y, twice) {
    const { drawing } = this;
    if (!this.active) return this.drawing.finished ? undefined : this.map.pick(x, y);
    this.by = "pointer";
    if (drawing.picks) return this.pick(x, y);
    if (drawing.open && drawing.complete && (twice || this.closes(x, y))) return drawing.finish();
    if (twice && drawing.size) return;
    this.set(x, y);
  }

  pick(x, y) {
    const found = this.finder.elementAt(x, y, this.drawing.tool.layer);
    if (found) this.drawing.toggle(found.layer, found.index);
  }

  set(x, y) {
    const place = this.finder.under(x, y);
    if (place) this.drawing.add(place);
  }

  /** Whether a pixel means the first corner again. */
  closes(x, y) {
    const { tool, corners } = this.drawing;
    if (tool.shape !== "area" || corners.length < 3) return false;
    const first = project(this.map.overlay.viewport, [...corners[0], this.finder.ground().heightAt(...corners[0])]);
    return first !== null && Math.hypot(first[0] - x, first[1] - y) <= CLOSE;
  }

  key(event, canvas) {
    const { key } = event;
    const { drawing } = this;
    const middle = [canvas.clientWidth / 2, canvas.clientHeight / 2];
    if (!this.active) {
      if (key === "Enter" && !drawing.finished) this.map.pick(...middle);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key.startsWith("Arrow") || key === "+" || key === "-") {
      this.by = "keys";
      this.setAt = null; // under way: the next Enter sets a corner
      return;
    }
    if (key === "Enter") this.enter(middle);
    else if (key === "f" || key === "F") drawing.finish();
    else if (key === "Backspace" || key === "Delete") drawing.undo();
    else if (key === "Escape") drawing.leave();
    else return;
    event.preventDefault();
  }

  /** Enter sets a corner in the middle; where the last one was set by mouse, or stands there already, it ends the drawing. */
  enter(middle) {
    const { drawing } = this;
    if (drawing.picks) return this.pick(...middle);
    const again = this.by === "pointer" || this.setAt === JSON.stringify(this.map.camera);
    if (drawing.open && drawing.complete && again) return drawing.finish();
    if (this.by !== "pointer" && again && drawing.size) return;
    this.by = "keys";
    this.setAt = JSON.stringify(this.map.camera);
    this.set(...middle);
  }

  /** The camera moved: by keyboard the next corner is always in the middle. */
  moved() {
    if (!this.active || this.by !== "keys" || this.drawing.picks) return;
    const canvas = this.map.deck?.getCanvas();
    if (canvas) this.hover(canvas.clientWidth / 2, canvas.clientHeight / 2);
  }

  /** Draws what is being drawn. */
  show() {
    const { drawing } = this;
    if (this.text) this.toolbar.update(drawing, this.text);
    const { map } = this;
    map.stage.classList.toggle("drawing", this.active);
    if (map.deck && this.wasActive !== this.active) {
      this.wasActive = this.active;
      map.deck.setProps({ views: map.view() });
      map.draw();
    }
    const ground = this.finder.ground();
    if (!ground || !drawing.tool || drawing.left) return this.group.show([]);
    const { shape, kind } = drawing.tool;
    const state = `${mannerOf(kind)} ${drawing.finished ? "waiting" : ""}`;
    const places = drawing.hover ? [...drawing.corners, drawing.hover] : drawing.corners;
    const lines = drawing.elements
      .flatMap(([layer, index]) => this.finder.outline(layer, index))
      .map((points) => ({ points, classes: ["casing", `core ${state}`] }));
    if (shape === "area" && places.length > 2) {
      const ring = ground.drape(places, true);
      lines.push({ points: ring, classes: [`fill ${state}`], area: true }, { points: ring, classes: ["casing", `core ${state}`] });
    } else if (places.length > 1) lines.push({ points: ground.drape(places), classes: ["casing", `core ${state}`] });
    const pins = places.map((place, i) => ({
      node: element("span", { className: `city-map-dot ${state} ${i >= drawing.corners.length ? "next" : ""}`, "aria-hidden": "true" }),
      place: [...place, ground.heightAt(...place)],
    }));
    this.group.show(lines, pins);
  }
}
