/** Shelters, facilities and sensors: icons whose plate tells the state, and the reading beside a sensor. */
import { iconAtlas, styleOf } from "./icons.js";
import { reliefMatrix } from "./message.js";
import { dropValues, followValues, nameAt } from "./values.js";

/** Text characters that readings are made of; more are added from the units. */
const DIGITS = "0123456789.,-−+– ";

export function definePoints(D) {
  class CityPoints extends D.CompositeLayer {
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
            const { position, height, icon } = arrays;
            const list = Array.from({ length: head.count }, (_, i) => ({
              index: i,
              icon: head.icons[icon[i]],
              label: head.labels[i],
              position: [position[2 * i], position[2 * i + 1], height[i]],
            }));
            this.setState({ points: list, painted: null });
            this.setNeedsUpdate();
          },
          (error) => console.error("city map points", error),
        );
      }
      followValues(this, points.count);
      this.followReadings();
      this.paint();
    }
    /** Float32 readings of the step shown. */
    followReadings() {
      const { readings, step, store } = this.props;
      const name = readings && nameAt(readings, step);
      if (!name || name === this.state.wantedReadings) return;
      this.state.wantedReadings = name;
      store.bytes(name).then(
        (bytes) => {
          if (this.state?.wantedReadings !== name) return;
          this.setState({ readings: new Float32Array(bytes.slice().buffer), shownReadings: name });
        },
        (error) => console.error("city map readings", error),
      );
    }
    /** The icons that the bytes shown ask for. */
    paint() {
      const { bytes, points, painted, atlas } = this.state;
      const { states, colours } = this.props;
      const sign = `${this.state.wanted} ${colours.table.length} ${colours.name} ${points.length}`;
      if (!bytes || !points.length || painted === sign) return;
      const table = Uint8Array.from(atob(colours.table), (character) => character.charCodeAt(0));
      const wanted = new Map();
      for (const point of points) {
        const code = bytes[point.index];
        const key = `${point.icon} ${code}`;
        if (wanted.has(key)) continue;
        wanted.set(key, { key, kind: point.icon, colour: table.subarray(4 * code, 4 * code + 3), style: styleOf(code, states) });
      }
      this.setState({ painted: sign, atlas: iconAtlas(this.context.device, [...wanted.values()]), iconBytes: bytes });
      // The layer below still holds the old texture during this frame.
      if (atlas) setTimeout(() => atlas.texture.destroy(), 1000);
    }
    finalizeState(context) {
      dropValues(this);
      this.state.atlas?.texture.destroy();
      this.state.name = null;
      super.finalizeState(context);
    }
    getPickingInfo({ info }) {
      if (info.object) info.index = info.object.index;
      return info;
    }
    outline(index) {
      const point = this.state.points[index];
      if (!point) return [];
      const [longitude, latitude, height] = point.position;
      const circle = Array.from({ length: 33 }, (_, i) => {
        const angle = (i / 32) * 2 * Math.PI;
        const metres = 18;
        return [
          longitude + (Math.cos(angle) * metres) / (111320 * Math.cos((latitude * Math.PI) / 180)),
          latitude + (Math.sin(angle) * metres) / 111320,
          height,
        ];
      });
      return [circle];
    }
    renderLayers() {
      const { points, atlas, iconBytes, painted, readings } = this.state;
      if (!points.length || !atlas) return [];
      const onTop = { depthCompare: "always", depthWriteEnabled: false };
      const modelMatrix = reliefMatrix(this.props.relief);
      const made = [
        new D.IconLayer(this.getSubLayerProps({ id: "icons", updateTriggers: { getIcon: painted } }), {
          data: points,
          modelMatrix,
          iconAtlas: atlas.texture,
          iconMapping: atlas.mapping,
          getIcon: (point) => `${point.icon} ${iconBytes[point.index]}`,
          getPosition: (point) => point.position,
          getSize: 28,
          sizeScale: this.props.detail === "far" ? 0.4 : 1,
          alphaCutoff: 0.2,
          parameters: onTop,
        }),
      ];
      const { units } = this.props.readings ?? {};
      if (units && readings && this.props.detail !== "far") {
        const format = new Intl.NumberFormat(this.props.language || undefined, { maximumFractionDigits: 2, minimumFractionDigits: 0 });
        const texts = points.map(({ index }) =>
          Number.isFinite(readings[index]) ? `${format.format(readings[index])} ${units[index]}`.trim() : "–",
        );
        made.push(
          new D.TextLayer(this.getSubLayerProps({ id: "readings", updateTriggers: { getText: this.state.shownReadings } }), {
            data: points,
            modelMatrix,
            pickable: false,
            getText: (point) => texts[point.index],
            getPosition: (point) => point.position,
            getSize: 12,
            getPixelOffset: [0, 24],
            getColor: [20, 24, 32],
            background: true,
            getBackgroundColor: [255, 255, 255, 225],
            backgroundPadding: [4, 2],
            fontFamily: "system-ui, sans-serif",
            fontWeight: 600,
            characterSet: [...new Set([...DIGITS, ...units.join(""), ...texts.join("")])],
            parameters: onTop,
          }),
        );
      }
      return made;
    }
  }
  CityPoints.layerName = "CityPoints";
  CityPoints.defaultProps = { fill: 255, step: 0, detail: "walls" };
  return CityPoints;
}
