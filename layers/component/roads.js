/** Roads and outlines: lines lying on the terrain, width and pattern by the byte of each. */
import { loadChunks } from "./chunks.js";
import { elementsOf, reliefMatrix, startsOf } from "./message.js";
import { dropValues, followValues } from "./values.js";

/** Metres by which lines win against the ground they lie on. */
const LIFT = 12;

/** A message of paths as deck.gl's binary data. */
function decodePaths({ head, arrays }, chunk) {
  const { counts, elements: steps, dx, dy, height, widths } = arrays;
  const starts = startsOf(counts);
  const elements = elementsOf(steps);
  const positions = new Float32Array(head.vertices * 3);
  const width = new Float32Array(head.vertices);
  const elementIndex = new Float32Array(head.vertices);
  let x = 0;
  let y = 0;
  for (let path = 0; path < head.paths; path++) {
    for (let i = starts[path]; i < starts[path + 1]; i++) {
      x += dx[i];
      y += dy[i];
      positions[3 * i] = x * head.step[0];
      positions[3 * i + 1] = y * head.step[1];
      positions[3 * i + 2] = head.height_zero + height[i] * head.height_step;
      width[i] = widths[path] * head.width_step;
      elementIndex[i] = chunk.first + elements[path];
    }
  }
  return {
    first: chunk.first,
    count: chunk.count,
    origin: head.origin,
    starts,
    elements,
    positions,
    byteLength: positions.byteLength + width.byteLength + elementIndex.byteLength,
    data: {
      length: head.paths,
      startIndices: starts,
      attributes: {
        getPath: { value: positions, size: 3 },
        getWidth: { value: width, size: 1 },
        elementIndex: { value: elementIndex, size: 1 },
      },
    },
  };
}

export function defineRoads(D, extensions) {
  class CityRoads extends D.CompositeLayer {
    initializeState() {
      this.setState({ loaded: [], digest: null, byteTexture: null });
    }
    updateState({ props }) {
      if (!props.store || !props.visible) return;
      if (props.geometry.digest !== this.state.digest) loadChunks(this, decodePaths);
      followValues(this, props.geometry.count);
    }
    finalizeState(context) {
      dropValues(this);
      this.state.digest = null;
      super.finalizeState(context);
    }
    getPickingInfo({ info, sourceLayer }) {
      if (info.index >= 0 && sourceLayer) {
        const chunk = this.state.loaded.find(({ first }) => sourceLayer.id.endsWith(`-chunk-${first}`));
        info.index = chunk ? chunk.first + chunk.elements[info.index] : -1;
      }
      return info;
    }
    /** The line of one road, as lines of [longitude, latitude, height]. */
    outline(index) {
      const chunk = this.state.loaded.find(({ first, count }) => index >= first && index < first + count);
      if (!chunk) return [];
      const lines = [];
      for (let path = 0; path < chunk.elements.length; path++) {
        if (chunk.first + chunk.elements[path] !== index) continue;
        const line = [];
        for (let i = chunk.starts[path]; i < chunk.starts[path + 1]; i++) {
          const [dx, dy, height] = chunk.positions.subarray(3 * i, 3 * i + 3);
          line.push([chunk.origin[0] + dx, chunk.origin[1] + dy, height]);
        }
        lines.push(line);
      }
      return lines;
    }
    renderLayers() {
      const { loaded, byteTexture, tableTexture } = this.state;
      if (!byteTexture) return [];
      return loaded.map(
        (chunk) =>
          new D.PathLayer(this.getSubLayerProps({ id: `chunk-${chunk.first}` }), {
            data: chunk.data,
            byteTexture,
            tableTexture,
            lift: LIFT,
            extensions: [extensions.lines],
            _pathType: "open",
            positionFormat: "XYZ",
            coordinateSystem: D.COORDINATE_SYSTEM.LNGLAT_OFFSETS,
            coordinateOrigin: [...chunk.origin, 0],
            modelMatrix: reliefMatrix(this.props.relief),
            getColor: [204, 204, 204],
            widthUnits: "meters",
            widthMinPixels: this.props.detail === "far" ? 0.5 : 1.6,
            jointRounded: true,
            capRounded: true,
            parameters: { depthWriteEnabled: false },
          }),
      );
    }
  }
  CityRoads.layerName = "CityRoads";
  CityRoads.defaultProps = { fill: 0, step: 0, detail: "walls" };
  return CityRoads;
}
