/** One map per root element: the Deck is made once and lives through re-runs; only what changed is told to it. */
import { hasWebGL2, loadDeck } from "./bundle.js";
import { Controls } from "./controls.js";
import { element } from "./elements.js";
import { defineBuildings } from "./buildings.js";
import { defineGround } from "./ground.js";
import { Panel } from "./panel.js";
import { definePoints } from "./points.js";
import { defineRoads } from "./roads.js";
import { reliefMatrix } from "./message.js";
import { stats } from "./statistics.js";
import { Store } from "./store.js";
import { Timeline } from "./timeline.js";
import { defineExtensions, nameAt } from "./values.js";

const AHEAD = 2; // steps fetched before they are asked for
const NARROW = 640; // px
const CLICK_TIME = 700; // ms a click may take
const CLICK_SLIP = 6; // px it may slip
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
    this.controls = new Controls(this.stage, {
      zoom: (by) => this.fly({ zoom: Math.min(20, Math.max(8, this.camera.zoom + by)) }),
      north: () => this.fly({ bearing: 0, pitch: 0 }),
    });
    this.panel = new Panel(this.stage, (id, shown) => this.toggle(id, shown));
    this.notice = element("p", { className: "city-map-notice", role: "status" });
    this.stage.append(this.notice);
    this.timeline = new Timeline(root, (step) => this.showStep(step), (step) => this.tell("step", step));
  }

  /** @param {{data: object, setStateValue: Function, setTriggerValue: Function}} component */
  async update(component) {
    this.component = component;
    const { data } = component;
    const { text } = data;
    this.root.style.height = data.height;
    this.root.classList.toggle("dark", this.isDark());
    if (this.unusable || !hasWebGL2Once()) return this.withoutWebGL(text);
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
    this.panel.update(data.layers, this.visible, text, this.root.clientWidth < NARROW);
    this.timeline.update(data.timeline, text);
    if (this.timeline.timeline && !this.timeline.root.hidden) this.timeline.label();
    const moved = this.isNews("camera", data.camera);
    if (!this.deck) this.makeDeck(data);
    else if (moved) this.fly(data.camera);
    if (this.isNews("selection", data.selection)) this.selection = data.selection;
    this.draw();
    this.prefetch();
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

  makeDeck({ camera, text, fit }) {
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
      views: new D.MapView({ id: "map", controller: { keyboard: true, touchRotate: true, inertia: 200 }, maxPitch: 75 }),
      initialViewState: { ...this.camera, maxPitch: 75, minZoom: 8, maxZoom: 20 },
      useDevicePixels: Math.min(globalThis.devicePixelRatio ?? 1, 2),
      // Room to grow: the tessellation adds building by building, and an array without room is copied for each of them.
      _typedArrayManagerProps: { overAlloc: 2, poolSize: 0 },
      getCursor: ({ isDragging }) => (isDragging ? "grabbing" : "crosshair"),
      pickingRadius: 4,
      effects: [daylight(D)],
      onViewStateChange: ({ viewState }) => this.moved(viewState),
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
    this.listenForClicks(canvas);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.recover();
    });
    this.say("");
  }

  /**
   * Clicks by the time stamps of the events themselves: on a slow computer deck.gl's own recogniser sees the release so
   * late that it takes a quick click for a long press and drops it.
   */
  listenForClicks(canvas) {
    let pressed = null;
    const fingers = new Set();
    canvas.addEventListener("pointerdown", (event) => {
      fingers.add(event.pointerId);
      pressed = fingers.size === 1 && event.button === 0 ? event : null;
    });
    canvas.addEventListener("pointerup", (event) => {
      fingers.delete(event.pointerId);
      const start = pressed;
      pressed = null;
      if (!start || event.timeStamp - start.timeStamp > CLICK_TIME) return;
      if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > CLICK_SLIP) return;
      const frame = canvas.getBoundingClientRect();
      this.pick(event.clientX - frame.left, event.clientY - frame.top);
    });
    canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.pick(canvas.clientWidth / 2, canvas.clientHeight / 2);
    });
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
    // A re-run that changed nothing costs no frame: on a computer without a graphics card a frame takes seconds.
    const sign = JSON.stringify([this.step, theme, language, this.detail, [...this.visible], this.selection]);
    if (sign === this.drawn && this.drawnSpec === this.layers) return;
    this.drawn = sign;
    this.drawnSpec = this.layers;
    const layers = this.layers.map((layer) =>
      layer.clone({
        store: this.store, step: this.step, theme, language, detail: this.detail,
        visible: layer.id === "ground" || this.visible.has(layer.id),
      }),
    );
    this.deck.setProps({ layers: [...layers, ...this.outline()] });
  }

  outline() {
    const { selection, D } = this;
    const chosen = selection && this.deck.layerManager?.getLayers().find(({ id }) => id === selection.layer);
    const lines = chosen?.outline?.(selection.index) ?? [];
    if (!lines.length) return [];
    const common = {
      data: lines,
      getPath: (line) => line,
      modelMatrix: reliefMatrix(chosen.props.relief),
      widthUnits: "pixels",
      jointRounded: true,
      capRounded: true,
      billboard: true,
      parameters: { depthCompare: "always", depthWriteEnabled: false },
    };
    return [
      new D.PathLayer({ ...common, id: "selection-halo", getWidth: 6, getColor: [255, 255, 255] }),
      new D.PathLayer({ ...common, id: "selection", getWidth: 3, getColor: [176, 0, 100] }),
    ];
  }

  moved(viewState) {
    const { longitude, latitude, zoom, pitch, bearing } = viewState;
    this.camera = { longitude, latitude, zoom, pitch, bearing };
    this.controls.camera(this.camera);
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
    return this.layers
      .filter(({ id, props }) => this.visible.has(id) && props.values)
      .flatMap(({ props }) => [nameAt(props.values, step), props.readings && nameAt(props.readings, step)])
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
  }

  /** Finds what lies under a pixel, outlines it at once and tells the server. */
  pick(x, y) {
    const found = this.deck.pickObject({ x, y, radius: 4 });
    const element = found?.index >= 0 ? { layer: found.layer.id, index: found.index } : null;
    this.selection = element;
    this.draw();
    this.component.setTriggerValue("pick", {
      layer: element?.layer ?? null,
      index: element?.index ?? -1,
      coordinate: this.groundAt(x, y),
    });
  }

  /** Longitude and latitude of the drawn ground under a pixel: the sight line is followed down to the terrain. */
  groundAt(x, y) {
    const [viewport] = this.deck.getViewports();
    const ground = this.deck.layerManager?.getLayers().find(({ id }) => id === "ground");
    const terrain = ground?.state?.terrain;
    if (!viewport) return null;
    let point = viewport.unproject([x, y], { targetZ: 0 });
    if (!terrain) return [point[0], point[1]];
    const { datum, exaggeration } = ground.props.relief;
    for (let turn = 0; turn < 8; turn++) {
      const height = terrain.heightAt(point[0], point[1]);
      if (height === null) break;
      point = viewport.unproject([x, y], { targetZ: (height - datum) * exaggeration });
    }
    return [point[0], point[1]];
  }

  destroy() {
    this.deck?.finalize();
    this.deck = null;
    this.root.cityMap = null;
  }
}

/** Light from the north-west and above: a roof shows the colour of the legend as it is, walls are darker. */
function daylight(D) {
  return new D.LightingEffect({
    ambient: new D.AmbientLight({ color: [255, 255, 255], intensity: 1 }),
    sun: new D.DirectionalLight({ color: [255, 255, 255], intensity: 1, direction: [1, -1, -2.5] }),
  });
}

function defineClasses(D, luma) {
  const extensions = defineExtensions(D);
  return {
    layers: {
      ...defineGround(D, luma),
      CityBuildings: defineBuildings(D, extensions),
      CityRoads: defineRoads(D, extensions),
      CityPoints: definePoints(D),
      MapView: D.MapView,
    },
  };
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

let webGL2 = null;
function hasWebGL2Once() {
  webGL2 ??= hasWebGL2();
  return webGL2;
}
