/** Buildings: extruded footprints on the terrain, one sublayer per chunk, one byte per building. */
import { loadChunks } from "./chunks.js";
import { elementsOf, reliefMatrix, startsOf } from "./message.js";
import { dropValues, followValues } from "./values.js";

/** A message of solids as deck.gl's binary data. */
function decodeSolids({ head, arrays }, chunk) {
  const { counts, elements: steps, dx, dy, base, top } = arrays;
  const starts = startsOf(counts);
  const elements = elementsOf(steps);
  const positions = new Float32Array(head.vertices * 3);
  const elevations = new Float32Array(head.vertices);
  const elementIndex = new Float32Array(head.vertices);
  let x = 0;
  let y = 0;
  for (let ring = 0; ring < head.rings; ring++) {
    const low = head.height_zero + base[ring] * head.height_step;
    const tall = Math.max((top[ring] - base[ring]) * head.height_step, 0.5);
    const number = chunk.first + elements[ring];
    for (let i = starts[ring]; i < starts[ring + 1]; i++) {
      x += dx[i];
      y += dy[i];
      positions[3 * i] = x * head.step[0];
      positions[3 * i + 1] = y * head.step[1];
      positions[3 * i + 2] = low;
      elevations[i] = tall;
      elementIndex[i] = number;
    }
  }
  return {
    first: chunk.first,
    count: chunk.count,
    origin: head.origin,
    starts,
    elements,
    positions,
    elevations,
    byteLength: positions.byteLength + elevations.byteLength + elementIndex.byteLength,
    data: {
      length: head.rings,
      startIndices: starts,
      attributes: {
        getPolygon: { value: positions, size: 3 },
        getElevation: { value: elevations, size: 1 },
        elementIndex: { value: elementIndex, size: 1 },
      },
    },
  };
}

export function defineBuildings(D, extensions) {
  class CityBuildings extends D.CompositeLayer {
    initializeState() {
      this.setState({ loaded: [], digest: null, byteTexture: null });
    }
    updateState({ props }) {
      if (!props.store || !props.visible) return;
      if (props.geometry.digest !== this.state.digest) loadChunks(this, decodeSolids);
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
    /** Outline of one building: its roof, its foot and its edges, as lines of [longitude, latitude, height]. */
    outline(index) {
      const chunk = this.state.loaded.find(({ first, count }) => index >= first && index < first + count);
      if (!chunk) return [];
      const lines = [];
      for (let ring = 0; ring < chunk.elements.length; ring++) {
        if (chunk.first + chunk.elements[ring] !== index) continue;
        const foot = [];
        const roof = [];
        for (let i = chunk.starts[ring]; i < chunk.starts[ring + 1]; i++) {
          const corner = [chunk.origin[0] + chunk.positions[3 * i], chunk.origin[1] + chunk.positions[3 * i + 1]];
          const low = chunk.positions[3 * i + 2];
          foot.push([...corner, low]);
          roof.push([...corner, low + chunk.elevations[i]]);
        }
        lines.push([...foot, foot[0]], [...roof, roof[0]], ...foot.map((point, i) => [point, roof[i]]));
      }
      return lines;
    }
    renderLayers() {
      const { loaded, byteTexture, tableTexture } = this.state;
      if (!byteTexture) return [];
      return loaded.map(
        (chunk) =>
          new D.SolidPolygonLayer(this.getSubLayerProps({ id: `chunk-${chunk.first}` }), {
            data: chunk.data,
            byteTexture,
            tableTexture,
            extensions: [extensions.colours],
            _normalize: false,
            _windingOrder: "CW",
            positionFormat: "XYZ",
            extruded: this.props.detail === "walls" || this.props.detail === "edges",
            coordinateSystem: D.COORDINATE_SYSTEM.LNGLAT_OFFSETS,
            coordinateOrigin: [...chunk.origin, 0],
            modelMatrix: reliefMatrix(this.props.relief),
            getFillColor: [204, 204, 204],
            wireframe: this.props.detail === "edges",
            getLineColor: [96, 96, 96],
            material: { ambient: 0.7, diffuse: 0.34, shininess: 1, specularColor: [0, 0, 0] },
          }),
      );
    }
  }
  CityBuildings.layerName = "CityBuildings";
  CityBuildings.defaultProps = { fill: 0, step: 0, detail: "walls" };
  return CityBuildings;
}
