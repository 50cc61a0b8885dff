/** The timeline below the map: play, a slider, the moment in words, and the water or rain that drives it all. */
import { Bars } from "./bars.js";
import { button, element, svg } from "./elements.js";

const FRAME = 900; // ms between steps when playing

export class Timeline {
  /**
   * @param {HTMLElement} parent
   * @param {(step: number) => Promise<void>} show draws a step, resolves when its bytes are here
   * @param {(step: number) => void} rest told when the person has come to rest at a step
   * @param {object} barTell what the bars tell, see bars.js
   */
  constructor(parent, show, rest, barTell) {
    this.bars = new Bars(barTell);
    this.show = show;
    this.rest = rest;
    this.step = 0;
    this.playing = false;
    this.shape = null;
    this.root = element("div", { className: "city-map-timeline", role: "group" });
    parent.append(this.root);
  }

  /** @param {object|null} timeline {labels, driving: {label, unit, values}|null, times, bars} */
  update(timeline, sketch, text) {
    const kinds = new Map(sketch.shapes.map(({ id, kind }) => [id, kind]));
    this.bars.take(timeline ?? { times: [], bars: [] }, kinds, sketch.selected, text);
    const shape = JSON.stringify([{ ...timeline, bars: null }, text["Play"]]);
    if (shape === this.shape) return;
    this.shape = shape;
    this.text = text;
    this.timeline = timeline;
    this.root.hidden = !timeline || timeline.labels.length < 2;
    if (this.root.hidden) return this.stop();
    const last = timeline.labels.length - 1;
    this.root.setAttribute("aria-label", text["Time"]);
    this.playButton = button("", text["Play"], () => (this.playing ? this.stop() : this.play()), "city-map-play");
    this.slider = element("input", {
      type: "range", min: 0, max: last, step: 1, value: Math.min(this.step, last),
      "aria-label": text["Time"],
      oninput: () => {
        this.stop();
        this.go(Number(this.slider.value));
      },
    });
    this.moment = element("output", { className: "city-map-moment" });
    const track = element("div", { className: "city-map-track" });
    if (timeline.driving) track.append(this.chart(timeline.driving));
    track.append(this.slider);
    this.root.replaceChildren(this.playButton, track, this.moment, this.bars.root, this.bars.bubble);
    this.label();
  }

  /** The driving quantity over the steps, behind the slider. */
  chart({ label, unit, values }) {
    const known = values.filter((value) => Number.isFinite(value));
    const [low, high] = [Math.min(0, ...known), Math.max(...known, 1e-9)];
    const x = (i) => (values.length > 1 ? (i / (values.length - 1)) * 1000 : 0);
    const y = (value) => 38 - ((value - low) / (high - low || 1)) * 34;
    let path = "";
    let pen = false;
    values.forEach((value, i) => {
      // A gap stays a gap: nothing is drawn across steps without a value.
      if (!Number.isFinite(value)) pen = false;
      else {
        path += `${pen ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
        pen = true;
      }
    });
    const peak = known.length ? Math.max(...known) : null;
    const name = `${label}${peak === null ? "" : ` · ${this.text["highest"]} ${peak.toLocaleString(this.text.language, { maximumSignificantDigits: 3 })} ${unit}`}`;
    const picture = svg("svg", { viewBox: "0 0 1000 40", preserveAspectRatio: "none", "aria-hidden": "true" });
    picture.append(svg("path", { d: path, fill: "none", "vector-effect": "non-scaling-stroke" }));
    this.cursor = svg("line", { y1: 0, y2: 40, "vector-effect": "non-scaling-stroke" });
    picture.append(this.cursor);
    return element("figure", { className: "city-map-driving", role: "img", "aria-label": name }, picture, element("figcaption", {}, name));
  }

  label() {
    const words = this.timeline.labels[this.step];
    this.moment.textContent = words;
    this.slider.value = this.step;
    this.slider.setAttribute("aria-valuetext", words);
    const share = this.step / (this.timeline.labels.length - 1);
    this.bars.at(this.step);
    for (const end of ["x1", "x2"]) this.cursor?.setAttribute(end, share * 1000);
    this.playButton.textContent = this.playing ? "❚❚" : "▶";
    const name = this.text[this.playing ? "Pause" : "Play"];
    this.playButton.title = name;
    this.playButton.setAttribute("aria-label", name);
  }

  /** Moves to a step; the server hears of it when the person rests. */
  async go(step, { report = true } = {}) {
    this.step = step;
    if (this.timeline && !this.root.hidden) this.label();
    await this.show(step);
    clearTimeout(this.timer);
    if (report && !this.playing) this.timer = setTimeout(() => this.rest(this.step), 400);
  }

  async play() {
    this.playing = true;
    const last = this.timeline.labels.length - 1;
    if (this.step >= last) await this.go(0);
    this.label();
    this.onPlaying?.(true);
    while (this.playing && this.step < last) {
      const started = performance.now();
      await this.go(this.step + 1);
      await new Promise((resolve) => setTimeout(resolve, Math.max(50, FRAME - (performance.now() - started))));
    }
    if (this.playing) this.stop();
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    this.label();
    this.onPlaying?.(false);
    this.rest(this.step);
  }
}
