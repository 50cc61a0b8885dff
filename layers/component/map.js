/** One map per root element: the Deck is made once and lives through re-runs; only what changed is told to it. */
import { loadDeck, webGL2 } from "./bundle.js";
import { defineClasses } from "./classes.js";
import { Controls } from "./controls.js";
import { element } from "./elements.js";
import { Finder, SECOND } from "./finder.js";
import { Hand } from "./hand.js";
import { Overlay } from "./overlay.js";
import { Panel } from "./panel.js";
import { Paths } from "./paths.js";
import { Shapes } from "./shapes.js";
import { stats } from "./statistics.js";
import { Store } from "./store.js";
import { Swipe } from "./swipe.js";
import { Timeline } from "./timeline.js";
import { nameAt } from "./values.js";

const AHEAD = 2; // steps fetched before they are asked for
const NARROW = 640; // px
const SLOW_FRAME = 150; // ms beyond which people on the move are not animated
const NEAR_FROM = 11.8; // zoom below which a whole region is in view: icons shrink and streets thin out, or they would hide it
const WALLS_FROM = 12.8; // zoom from which buildings have walls; further out they are smaller than their own height on the screen
const EDGES_FROM = 15.5; // zoom from which buildings have drawn edges; further out these would only darken the town

let classes = null;

/** Called on every re-run of the page. */
export function showMap(root, component) {
  root.cityMap ??= new CityMap(root);
  root.cityMap.update(component);
}

class CityMap {
  constructor(root) {
    this.root = root;
    this.step = 0;
    this.visible = null;
    this.told = {}; // what the person did, as the server was told
    this.received = {}; // what the server said last: only news from it moves the person's view
    this.canvasHolder = element("div", { className: "city-map-canvas" });
    this.stage = element("div", { className: "city-map-stage" }, this.canvasHolder);
    root.replaceChildren(this.stage);
    this.clock = { seconds: 0 }; // what moves while time is playing
    this.overlay = new Overlay(this.stage);
    this.finder = new Finder(this);
    const trigger = (name) => (value) => this.component.setTriggerValue(name, value);
    this.paths = new Paths(this.overlay, this.finder);
    this.shapes = new Shapes(
      this.overlay, { edited: (id, coordinates) => trigger("edited")({ id, coordinates }), chosen: trigger("chosen_shape") }, this.finder,
    );
    this.chosen = this.overlay.group("selection");
    this.hand = new Hand(this, this.finder);
    this.swipe = new Swipe(this.stage, {
      moved: () => this.deck?.layerManager?.setNeedsRedraw("divider"),
      rest: (at) => this.tell("swipe", at),
    });
    this.controls = new Controls(this.stage, {
      zoom: (by) => this.fly({ zoom: Math.min(20, Math.max(8, this.camera.zoom + by)) }),
      north: () => this.fly({ bearing: 0, pitch: 0 }),
    });
    this.hand.showOver(this.stage);
    this.panel = new Panel(this.stage, (id, shown) => this.toggle(id, shown));
    this.notice = element("p", { className: "city-map-notice", role: "status" });
    this.stage.append(this.notice);
    this.timeline = new Timeline(root, (step) => this.showStep(step), (step) => this.tell("step", step), {
      shifted: (id, start, end) => trigger("shifted")({ id, start, end }),
      chosen: trigger("chosen_shape"),
    });
    this.timeline.onPlaying = (playing) => this.animate(playing);
  }

  /** @param {{data: object, setStateValue: Function, setTriggerValue: Function}} component */
  async update(component) {
    this.component = component;
    const { data } = component;
    const { text } = data;
    this.root.style.height = data.height;
    this.root.classList.toggle("dark", this.isDark());
    if (this.unusable || drawingOnce().unusable) return this.withoutWebGL(text);
    this.say(this.deck ? "" : text["Loading the map …"]);
    if (!this.deck && !this.store) this.store = new Store(data.base, data.grant);
    this.store.grant = data.grant;
    const { deck: D, luma } = await loadDeck(data.bundle);
    if (component !== this.component) return; // a newer run overtook this one
    classes ??= defineClasses(D, luma);
    this.D = D;
    this.readLayers(data);
    if (this.isNews("visible", data.visible) || !this.visible) this.visible = new Set(data.visible);
    if (this.isNews("step", data.step)) this.step = this.timeline.step = data.step;
    this.controls.update(data, text);
    this.swipe.take(data.other, text, this.isNews("swipe", data.other?.at ?? null));
    this.panel.update(legendsOf(data), this.visible, text, this.root.clientWidth < NARROW, data.overlays);
    this.panel.makeWay(Boolean(data.sketch.tool));
    this.timeline.update(data.timeline, data.sketch, text);
    if (this.timeline.timeline && !this.timeline.root.hidden) this.timeline.label();
    const moved = this.isNews("camera", data.camera);
    if (!this.deck) this.makeDeck(data);
    else if (moved) this.fly(data.camera);
    if (this.isNews("selection", data.selection)) this.selection = data.selection;
    this.hand.take(data.sketch.tool, text);
    if (await this.overtaken(component)) return;
    this.draw();
    this.shapes.take(data.sketch, text);
    this.shapes.moment(this.timeline.bars.acting(this.step));
    this.paths.take(data.overlays);
    this.showSelection();
    this.prefetch();
  }

  /**
   * Waits for the bytes of the moment shown, so that a new answer is one frame and not two: without a graphics card a frame takes
   * seconds. Tells whether a newer run came meanwhile; what fails is tried again by the layers, which say so.
   */
  async overtaken(component) {
    if (this.drawn && this.drawnSpec !== this.layers) {
      await Promise.allSettled(this.namesAt(this.step).map((name) => this.store.bytes(name)));
    }
    return component !== this.component;
  }

  /** Whether the server says something new of its own: what it repeats after the person must not pull them back. */
  isNews(name, value) {
    const sign = signOf(value);
    const news = this.received[name] !== sign && !this.told[name]?.includes(sign);
    this.received[name] = sign;
    return news;
  }

  /** Tells the server where the person is. */
  tell(name, value) {
    this.told[name] = [...(this.told[name] ?? []).slice(-30), signOf(value)];
    this.component.setStateValue(name, value);
  }

  /** The pydeck spec becomes layers; the same text is converted once. */
  readLayers({ spec }) {
    if (spec === this.spec) return;
    this.spec = spec;
    const configuration = new this.D.JSONConfiguration({ classes: classes.layers });
    this.layers = new this.D.JSONConverter({ configuration }).convert(JSON.parse(spec)).layers;
  }

  makeDeck({ camera, text, fit, smooth }) {
    const D = this.D;
    this.camera = { ...camera };
    if (fit) {
      // The server made this camera for a window of its own imagination.
      const { clientWidth, clientHeight } = this.canvasHolder;
      this.camera.zoom += Math.log2(Math.min(clientWidth / fit[0], clientHeight / fit[1]) || 1);
    }
    this.detail = detailAt(this.camera.zoom);
    this.firstCamera = this.camera;
    this.deck = new D.Deck({
      parent: this.canvasHolder,
      views: this.view(),
      initialViewState: { ...this.camera, maxPitch: 75, minZoom: 8, maxZoom: 20 },
      // A processor takes half as long again for smooth edges: people wait less for a picture with plain ones.
      deviceProps: { type: "webgl", webgl: { antialias: Boolean(smooth) || !drawingOnce().software } },
      useDevicePixels: Math.min(globalThis.devicePixelRatio ?? 1, 2),
      getCursor: ({ isDragging }) => (isDragging ? "grabbing" : this.hand.active ? "crosshair" : "grab"),
      pickingRadius: 4,
      onViewStateChange: ({ viewState }) => this.moved(viewState),
      onBeforeRender: () => this.timeline.playing && (this.clock.seconds = performance.now() / 1000),
      onAfterRender: () => this.rendered(),
      onError: (error) => console.error("city map", error),
      onLoad: () => this.prepareCanvas(text),
    });
    this.controls.camera(this.camera);
  }

  prepareCanvas(text) {
    const canvas = this.deck.getCanvas();
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", text["Map. Arrow keys move it, plus and minus zoom, shift with arrows turns it, Enter asks what lies in the middle."]);
    this.hand.listen(canvas);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.recover();
    });
    this.say("");
  }

  /** A double click draws while a tool is in hand, and zooms otherwise. */
  view() {
    const controller = { keyboard: true, touchRotate: true, inertia: 200, doubleClickZoom: !this.hand.active };
    return new this.D.MapView({ id: "map", controller, maxPitch: 75 });
  }

  /** After the graphics card dropped the map: a new one at the same place. */
  recover() {
    if (!this.deck) return;
    this.say(this.component.data.text["The graphics card dropped the map; drawing it again."]);
    const lost = this.deck;
    this.deck = null;
    setTimeout(() => {
      lost.finalize();
      this.canvasHolder.replaceChildren();
      this.spec = null;
      this.readLayers(this.component.data);
      this.makeDeck({ ...this.component.data, camera: this.camera, fit: null });
      this.draw();
    }, 300);
  }

  isDark() {
    const colour = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    const [r, g, b] = colour.startsWith("#")
      ? [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16))
      : (colour.match(/\d+/g) ?? [255, 255, 255]).map(Number);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b < 110;
  }

  say(words) {
    this.notice.textContent = words;
    this.notice.hidden = !words;
  }

  withoutWebGL(text) {
    this.unusable = true;
    this.say(text["This browser cannot draw the 3D map; the page shows a flat one instead."]);
    if (this.isNews("webgl", false)) this.tell("webgl", false);
  }

  /** Hands the layers to deck.gl with what only the browser knows: step, visibility, store, theme. */
  draw() {
    if (!this.deck) return;
    const theme = this.isDark() ? "dark" : "light";
    const language = this.component.data.text.language;
    const { other } = this.component.data;
    const shown = new Set([...this.visible, "ground", this.hand.layer]);
    // A re-run that changed nothing costs no frame: on a computer without a graphics card a frame takes seconds.
    const sign = JSON.stringify([this.step, theme, language, this.detail, [...shown], other?.layers, this.swipe.mode]);
    if (sign === this.drawn && this.drawnSpec === this.layers) return;
    this.drawn = sign;
    this.drawnSpec = this.layers;
    const common = { store: this.store, step: this.step, theme, language, detail: this.detail, clock: this.clock };
    const layers = this.layers.flatMap((layer) => {
      const { id } = layer;
      const own = { ...common, visible: shown.has(id) };
      if (id === "ground") return layer.clone(own);
      const second = other?.layers[id];
      const divider = second ? this.swipe.shared : null;
      // What comes in chunks is too large to be drawn twice: there the shader looks up both answers.
      if (layer instanceof classes.Chunked) return layer.clone({ ...own, other: second ?? null, divider });
      const extensions = [classes.oneSide];
      const first = layer.clone({ ...own, extensions, divider, side: "left" });
      if (!second) return first;
      // Numbers written beside icons are those of the first answer.
      const readings = layer.props.readings && { ...layer.props.readings, names: [] };
      return [first, layer.clone({ ...own, ...second, readings, id: `${id}${SECOND}`, extensions, divider, side: "right" })];
    });
    this.deck.setProps({ layers });
  }

  /** Outlines what is selected. */
  showSelection() {
    const { selection } = this;
    const lines = selection ? this.finder.outline(selection.layer, selection.index) : [];
    this.chosen.show(lines.map((points) => ({ points, classes: ["casing", "core"] })));
  }

  moved(viewState) {
    const { longitude, latitude, zoom, pitch, bearing } = viewState;
    this.camera = { longitude, latitude, zoom, pitch, bearing };
    this.controls.camera(this.camera);
    this.hand.moved();
    if (this.detail !== detailAt(zoom)) {
      this.detail = detailAt(zoom);
      this.draw();
    }
    clearTimeout(this.cameraTimer);
    // deck.gl reports the first view too; the server knows that one.
    if (!this.hasMoved && Object.keys(this.firstCamera).every((name) => Math.abs(this.firstCamera[name] - this.camera[name]) < 1e-6)) return;
    this.hasMoved = true;
    this.cameraTimer = setTimeout(() => this.tell("camera", this.camera), 600);
  }

  fly(target) {
    if (!this.deck) return;
    this.camera = { ...this.camera, ...target };
    this.deck.setProps({
      initialViewState: {
        ...this.camera, maxPitch: 75, minZoom: 8, maxZoom: 20,
        transitionDuration: 400, transitionInterpolator: new this.D.LinearInterpolator(Object.keys(this.camera)),
      },
    });
    this.moved(this.camera);
  }

  toggle(id, shown) {
    this.visible[shown ? "add" : "delete"](id);
    this.draw();
    clearTimeout(this.visibleTimer);
    this.visibleTimer = setTimeout(() => this.tell("visible", [...this.visible]), 400);
  }

  /** Names of the bytes that the visible layers need at a step. */
  namesAt(step) {
    const { other } = this.component.data;
    return this.layers
      .filter(({ id, props }) => this.visible.has(id) && props.values)
      .flatMap(({ id, props }) => [props.values, { names: props.values.surface ?? [] }, props.readings, other?.layers[id]?.values])
      .map((values) => values && nameAt(values, step))
      .filter(Boolean);
  }

  /** Draws a step without asking the server for a run; resolves when its bytes are on the map. */
  async showStep(step) {
    if (!this.layers) return;
    const started = performance.now();
    this.step = step;
    await Promise.all(this.namesAt(step).map((name) => this.store.bytes(name)));
    if (this.step !== step) return;
    this.stepStarted = started;
    this.draw();
    this.shapes.moment(this.timeline.bars.acting(step));
    this.prefetch();
  }

  prefetch() {
    const steps = this.component.data.timeline?.labels.length ?? 1;
    for (let step = this.step + 1; step <= Math.min(this.step + AHEAD, steps - 1); step++) {
      for (const name of this.namesAt(step)) this.store.bytes(name).catch(() => {});
    }
  }

  rendered() {
    stats.frames += 1;
    if (this.stepStarted) {
      stats.lastStepMilliseconds = performance.now() - this.stepStarted;
      this.stepStarted = 0;
    }
    if (!stats.firstColoursAt && stats.chunksLoaded > 0) stats.firstColoursAt = performance.now();
    this.overlay.follow(this.deck?.getViewports()[0]);
    // What lies on the ground or around elements is drawn again when more of either has arrived.
    const here = `${Boolean(this.finder.ground()?.terrain)} ${stats.requests} ${this.drawn}`;
    if (here !== this.here) {
      this.here = here;
      this.shapes.show();
      this.paths.show();
      this.hand.show();
      this.showSelection();
    }
    this.mind();
  }

  /** People on the move are animated while time is playing, where nobody asked for rest and the computer is quick enough. */
  animate(playing) {
    const moving = this.layers?.some((layer) => layer.props.geometry && layer instanceof classes.CityMovement && this.visible.has(layer.id));
    const animated = playing && moving && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.lastFrame = 0;
    if (animated === Boolean(this.animated)) return;
    this.animated = animated;
    this.deck?.setProps({ _animate: animated });
  }

  mind() {
    if (!this.animated) return;
    const now = performance.now();
    if (this.lastFrame && now - this.lastFrame > SLOW_FRAME) this.animate(false);
    this.lastFrame = now;
  }

  /** Finds what lies under a pixel, outlines it at once and tells the server. */
  pick(x, y) {
    const shape = this.shapes.hit(x, y);
    if (shape) return this.component.setTriggerValue("chosen_shape", shape);
    const coordinate = this.finder.under(x, y);
    const found = this.finder.elementAt(x, y) ?? (coordinate && this.finder.areaAt(...coordinate));
    this.selection = found;
    this.showSelection();
    this.component.setTriggerValue("pick", { layer: found?.layer ?? null, index: found?.index ?? -1, coordinate });
  }

  destroy() {
    this.hand.destroy();
    this.deck?.finalize();
    this.deck = null;
    this.root.cityMap = null;
  }
}

/** Layers with the legends that hold: those of a difference are other ones. */
function legendsOf({ layers, other }) {
  if (!other?.difference) return layers;
  return layers.map((layer) => ({ ...layer, legend: other.layers[layer.id]?.legend ?? layer.legend }));
}

/** How much is drawn at a zoom: "far" with small icons, "roofs" of buildings, "walls" too, "edges" too. */
function detailAt(zoom) {
  if (zoom < NEAR_FROM) return "far";
  return zoom >= EDGES_FROM ? "edges" : zoom >= WALLS_FROM ? "walls" : "roofs";
}

/** Text by which two values are the same for the eye: places to some ten metres, names in any order. */
function signOf(value) {
  const sorted = Array.isArray(value) ? [...value].sort() : value;
  return JSON.stringify(sorted, (_, part) => (typeof part === "number" ? Number(part.toFixed(4)) : part));
}

let drawing;
function drawingOnce() {
  drawing ??= webGL2() ?? { unusable: true };
  return drawing;
}
