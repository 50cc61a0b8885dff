/** How full shelters are: a bar over each icon, and the people of its places below. */
import { reliefMatrix } from "./message.js";
import { dropValues, followValues, nameAt } from "./values.js";

const [WIDE, HIGH] = [64, 20];
const FULL = 253; // codes of layers.coding.FILL: a state's code counts down from 253
const UNCOUNTED = 252;

/** A bar as long as the share; a full one is barred, one of unknown capacity holds a question mark. */
function drawBar(c, x, y, code, colour) {
  c.fillStyle = "rgb(255,255,255)";
  c.strokeStyle = "rgb(28,36,48)";
  c.lineWidth = 3;
  c.beginPath();
  c.roundRect(x + 2, y + 2, WIDE - 4, HIGH - 4, 4);
  c.fill();
  c.fillStyle = `rgb(${colour})`;
  if (code === FULL) c.fillRect(x + 4, y + 4, WIDE - 8, HIGH - 8);
  else if (code < 10) c.fillRect(x + 4, y + 4, (WIDE - 8) * Math.max((code + 0.5) / 10, 0.06), HIGH - 8);
  if (code === FULL) {
    c.fillStyle = "white";
    for (let i = 8; i < WIDE - 8; i += 12) c.fillRect(x + i, y + 4, 4, HIGH - 8);
  }
  if (code === UNCOUNTED || code === 255) {
    c.fillStyle = "rgb(28,36,48)";
    c.font = "bold 15px sans-serif";
    c.textAlign = "center";
    c.fillText("?", x + WIDE / 2, y + HIGH - 4);
  }
  c.stroke();
}

export function defineFills(D) {
  class CityFill extends D.CompositeLayer {
    initializeState() {
      this.setState({ name: null, points: [], atlas: null, readings: null });
    }
    updateState({ props }) {
      const { points, store, visible } = props;
      if (!store || !visible) return;
      if (points.name !== this.state.name) {
        this.state.name = points.name;
        store.geometry(points.name).then(
          ({ head, arrays }) => {
            if (this.state?.name !== points.name) return;
            const { position, height } = arrays;
            const list = Array.from({ length: head.count }, (_, i) => ({
              index: i,
              position: [position[2 * i], position[2 * i + 1], height[i]],
            }));
            this.setState({ points: list, painted: null });
            this.setNeedsUpdate();
          },
          (error) => console.error("city map fills", error),
        );
      }
      followValues(this, points.count);
      this.followReadings();
      this.paint();
    }
    /** Float32 people of the step shown. */
    followReadings() {
      const { readings, step, store } = this.props;
      const name = nameAt(readings, step);
      if (!name || name === this.state.wantedReadings) return;
      this.state.wantedReadings = name;
      store.bytes(name).then(
        (bytes) => {
          if (this.state?.wantedReadings !== name) return;
          this.setState({ readings: new Float32Array(bytes.slice().buffer), shownReadings: name });
        },
        (error) => console.error("city map fills", error),
      );
    }
    /** The bars that the bytes shown ask for, below each other in one picture. */
    paint() {
      const { bytes, points, painted, atlas } = this.state;
      const { colours } = this.props;
      const sign = `${this.state.wanted} ${colours.name} ${points.length}`;
      if (!bytes || !points.length || painted === sign) return;
      const table = Uint8Array.from(atob(colours.table), (character) => character.charCodeAt(0));
      const codes = [...new Set(points.map(({ index }) => bytes[index]))].filter((code) => code !== 254);
      const canvas = document.createElement("canvas");
      canvas.width = WIDE;
      canvas.height = HIGH * Math.max(codes.length, 1);
      const c = canvas.getContext("2d", { willReadFrequently: true });
      const mapping = {};
      codes.forEach((code, i) => {
        drawBar(c, 0, i * HIGH, code, table.subarray(4 * code, 4 * code + 3));
        mapping[code] = { x: 0, y: i * HIGH, width: WIDE, height: HIGH, mask: false };
      });
      const texture = this.context.device.createTexture({
        format: "rgba8unorm", width: canvas.width, height: canvas.height, mipLevels: 1,
        data: new Uint8Array(c.getImageData(0, 0, canvas.width, canvas.height).data.buffer),
        sampler: { minFilter: "linear", magFilter: "linear" },
      });
      this.setState({ painted: sign, atlas: { texture, mapping }, shown: points.filter(({ index }) => bytes[index] !== 254), iconBytes: bytes });
      // The layer below still holds the old texture during this frame.
      if (atlas) setTimeout(() => atlas.texture.destroy(), 1000);
    }
    finalizeState(context) {
      dropValues(this);
      this.state.atlas?.texture.destroy();
      this.state.name = null;
      super.finalizeState(context);
    }
    renderLayers() {
      const { shown, atlas, iconBytes, painted, readings } = this.state;
      if (!shown?.length || !atlas || this.props.detail === "far") return [];
      const { capacity } = this.props.readings;
      const common = {
        data: shown,
        modelMatrix: reliefMatrix(this.props.relief),
        getPosition: (point) => point.position,
        parameters: { depthCompare: "always", depthWriteEnabled: false },
      };
      const made = [
        new D.IconLayer(this.getSubLayerProps({ id: "bars", updateTriggers: { getIcon: painted } }), {
          ...common,
          iconAtlas: atlas.texture,
          iconMapping: atlas.mapping,
          getIcon: (point) => `${iconBytes[point.index]}`,
          getSize: 10,
          sizeBasis: "height",
          getPixelOffset: [0, -20],
        }),
      ];
      if (readings) {
        const format = new Intl.NumberFormat(this.props.language || undefined, { maximumFractionDigits: 0 });
        const texts = shown.map(
          ({ index }) => `${format.format(readings[index])} / ${capacity[index] === null ? "?" : format.format(capacity[index])}`,
        );
        made.push(
          new D.TextLayer(this.getSubLayerProps({ id: "numbers", updateTriggers: { getText: this.state.shownReadings } }), {
            ...common,
            getText: (_, { index }) => texts[index],
            getSize: 12,
            getPixelOffset: [0, 23],
            getColor: [20, 24, 32],
            background: true,
            getBackgroundColor: [255, 255, 255, 225],
            backgroundPadding: [4, 2],
            fontFamily: "system-ui, sans-serif",
            fontWeight: 600,
            characterSet: [...new Set(["0123456789.,/? ", ...texts].join(""))],
          }),
        );
      }
      return made;
    }
  }
  CityFill.layerName = "CityFill";
  CityFill.defaultProps = { fill: 255, step: 0, detail: "walls" };
  return CityFill;
}
