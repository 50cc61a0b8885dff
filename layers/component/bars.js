/** Measures as bars below the slider: dragged whole or at an end, by mouse, finger and keyboard; they snap to the minute. */
import { element } from "./elements.js";
import { mannerOf } from "./marks.js";

const MINUTE = 60;
const GRIP = 14; // px at either end that move the end alone
const SLIP = 3; // px before a press is a drag
const REST = 700; // ms after the last key before the bar is told

const snap = (seconds) => Math.round(seconds / MINUTE) * MINUTE;

export class Bars {
  /**
   * @param {{shifted: (id: string, start: number, end: number|null) => void, chosen: (id: string) => void}} tell
   */
  constructor(tell) {
    this.tell = tell;
    this.root = element("div", { className: "city-map-bars", role: "group" });
    this.now = element("div", { className: "city-map-now", "aria-hidden": "true" });
    this.bubble = element("div", { className: "city-map-bubble", "aria-hidden": "true", hidden: true });
    this.nodes = new Map();
  }

  /** Marks the moment shown. */
  at(step) {
    if (this.times?.length > 1) this.now.style.left = `${(step / (this.times.length - 1)) * 100}%`;
  }

  /** Tells the times of a bar beside it while it is moved. */
  tellTimes({ node, bar }) {
    this.bubble.hidden = false;
    this.bubble.textContent = this.span(bar);
    const [frame, box] = [this.bubble.parentElement.getBoundingClientRect(), node.getBoundingClientRect()];
    const half = this.bubble.offsetWidth / 2;
    const middle = Math.min(Math.max((box.left + box.right) / 2 - frame.left, half), frame.width - half);
    this.bubble.style.left = `${middle - half}px`;
    this.bubble.style.top = `${box.top - frame.top - 30}px`;
  }

  /** @param {{times: number[], bars: object[]}} timeline; kinds: what the shapes of the same ids are */
  take({ times, bars }, kinds, selected, text) {
    if (this.dragging) return;
    const sign = JSON.stringify([times, bars, [...kinds], selected, text.language]);
    if (sign === this.sign && !this.changed) return;
    this.sign = sign;
    this.changed = false;
    this.text = text;
    this.times = times;
    this.root.hidden = !bars.length || times.length < 2;
    this.root.setAttribute("aria-label", text["When each measure acts"]);
    const focused = document.activeElement?.dataset?.bar;
    this.nodes.clear();
    if (!this.root.hidden) for (const bar of bars) this.make({ ...bar }, kinds.get(bar.id) ?? "", bar.id === selected);
    this.root.replaceChildren(...[...this.nodes.values()].map(({ row }) => row), this.now);
    this.bubble.hidden = true;
    this.nodes.get(focused)?.node.focus({ preventScroll: true });
  }

  /** Share of the track at a time: steps stand at equal distances, whatever time lies between them. */
  shareAt(seconds) {
    const { times } = this;
    const last = times.length - 1;
    const next = times.findIndex((time) => time >= seconds);
    if (next < 0) return 1;
    if (next === 0) return 0;
    return (next - 1 + (seconds - times[next - 1]) / (times[next] - times[next - 1])) / last;
  }

  timeAt(share) {
    const { times } = this;
    const place = Math.min(Math.max(share, 0), 1) * (times.length - 1);
    const before = Math.min(Math.floor(place), times.length - 2);
    return times[before] + (place - before) * (times[before + 1] - times[before]);
  }

  words(seconds) {
    const minutes = Math.round(seconds / MINUTE);
    const key = minutes < 60 ? "{minutes} min" : minutes % 60 ? "{hours} h {minutes} min" : "{hours} h";
    return `+${this.text[key].replace("{hours}", Math.floor(minutes / 60)).replace("{minutes}", minutes % 60)}`;
  }

  span({ start, end }) {
    const from = this.words(start);
    return end === null
      ? this.text["from {start} on"].replace("{start}", from)
      : this.text["{start} to {end}"].replace("{start}", from).replace("{end}", this.words(end));
  }

  make(bar, kind, selected) {
    const node = element("div", {
      className: `city-map-bar ${mannerOf(kind)} ${selected ? "selected" : ""} ${bar.movable ? "movable" : ""}`,
      tabIndex: 0, role: bar.movable ? "slider" : "button", "data-bar": bar.id,
    });
    const when = element("span", { className: "city-map-when" });
    node.append(element("span", { className: "city-map-bar-label" }, bar.label), when);
    const row = element("div", { className: "city-map-bar-row" }, node);
    const entry = { bar, node, row, when };
    this.nodes.set(bar.id, entry);
    this.place(entry);
    this.listen(entry);
  }

  place({ bar, node, when }) {
    const [from, to] = [this.shareAt(bar.start), bar.end === null ? 1 : this.shareAt(bar.end)];
    node.style.left = `${from * 100}%`;
    node.style.width = `${Math.max(to - from, 0) * 100}%`;
    node.classList.toggle("open", bar.end === null);
    const span = this.span(bar);
    when.textContent = span;
    node.title = `${bar.label}: ${span}`;
    node.setAttribute("aria-label", bar.label);
    if (!bar.movable) return;
    node.setAttribute("aria-valuemin", this.times[0] / MINUTE);
    node.setAttribute("aria-valuemax", this.times.at(-1) / MINUTE);
    node.setAttribute("aria-valuenow", bar.start / MINUTE);
    node.setAttribute("aria-valuetext", span);
  }

  /** Moves a bar by seconds: "whole", its "start" or its "end"; an end at the right edge stays open. */
  shift(entry, part, from, by) {
    const { bar } = entry;
    const [first, last] = [this.times[0], this.times.at(-1)];
    const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));
    if (part === "end") {
      const end = snap((from.end ?? last) + by);
      bar.end = end >= last ? null : Math.max(end, bar.start + MINUTE);
    } else if (part === "start") bar.start = clamp(snap(from.start + by), first, (bar.end ?? last) - MINUTE);
    else {
      const length = (from.end ?? last) - from.start;
      bar.start = clamp(snap(from.start + by), first, from.end === null ? last - MINUTE : last - length);
      bar.end = from.end === null ? null : bar.start + length;
    }
    this.place(entry);
    this.tellTimes(entry);
  }

  settle({ bar }, from) {
    this.dragging = false;
    this.bubble.hidden = true;
    if (bar.start === from.start && bar.end === from.end) return;
    this.changed = true;
    this.tell.shifted(bar.id, Math.round(bar.start), bar.end === null ? null : Math.round(bar.end));
  }

  listen(entry) {
    const { node, bar } = entry;
    let grip = null;
    let before = null; // the times before the keys moved it
    let timer = 0;
    node.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const frame = node.getBoundingClientRect();
      const edge = Math.min(GRIP, frame.width / 3);
      const inside = event.clientX - frame.left;
      const part = inside < edge ? "start" : inside > frame.width - edge ? "end" : "whole";
      grip = { part, x: event.clientX, from: { ...bar }, moved: false, track: this.root.getBoundingClientRect() };
      if (bar.movable) node.setPointerCapture(event.pointerId);
    });
    node.addEventListener("pointermove", (event) => {
      const frame = node.getBoundingClientRect();
      const inside = event.clientX - frame.left;
      const edge = Math.min(GRIP, frame.width / 3);
      if (!grip) node.classList.toggle("at-end", bar.movable && (inside < edge || inside > frame.width - edge));
      if (!grip || !bar.movable || (!grip.moved && Math.abs(event.clientX - grip.x) < SLIP)) return;
      grip.moved = this.dragging = true;
      node.classList.add("dragged");
      const { part, from, track } = grip;
      const anchor = part === "end" ? from.end ?? this.times.at(-1) : from.start;
      const to = this.timeAt(this.shareAt(anchor) + (event.clientX - grip.x) / track.width);
      this.shift(entry, part, from, to - anchor);
    });
    const release = (event) => {
      if (!grip) return;
      const { moved, from } = grip;
      grip = null;
      node.classList.remove("dragged");
      if (moved) this.settle(entry, from);
      else if (event.type === "pointerup") this.tell.chosen(bar.id);
    };
    node.addEventListener("pointerup", release);
    node.addEventListener("pointercancel", release);
    const rest = () => {
      clearTimeout(timer);
      if (!before) return;
      const from = before;
      before = null;
      this.settle(entry, from);
    };
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        return this.tell.chosen(bar.id);
      }
      const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (!steps || !bar.movable) return;
      event.preventDefault();
      before ??= { ...bar };
      this.dragging = true;
      this.shift(entry, event.shiftKey ? "end" : event.altKey ? "start" : "whole", { ...bar }, steps * MINUTE);
      clearTimeout(timer);
      timer = setTimeout(rest, REST);
    });
    node.addEventListener("blur", rest);
  }

  /** Whether each bar covers the moment of a step, by id. */
  acting(step) {
    const time = this.times?.[step];
    if (time === undefined) return new Map();
    return new Map([...this.nodes.values()].map(({ bar }) => [bar.id, time >= bar.start && (bar.end === null || time < bar.end)]));
  }
}
