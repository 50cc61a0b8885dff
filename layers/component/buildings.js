/** Buildings: extruded footprints on the terrain, one sublayer per chunk, one byte per building. */
import { decodeParts } from "./chunks.js";
import { reliefMatrix } from "./message.js";

export function defineBuildings(D, Chunked, extensions) {
  class CityBuildings extends Chunked {
    /** A message of solids as deck.gl's binary data. */
    decode(message, chunk) {
      const { head, arrays: { base, top } } = message;
      const elevations = new Float32Array(head.vertices);
      const made = decodeParts(message, chunk, (ring, vertex) => {
        elevations[vertex] = Math.max((top[ring] - base[ring]) * head.height_step, 0.5);
        return head.height_zero + base[ring] * head.height_step;
      });
      const { positions, elementIndex } = made;
      return {
        ...made,
        elevations,
        byteLength: positions.byteLength + elevations.byteLength + elementIndex.byteLength,
        data: {
          length: head.rings,
          startIndices: made.starts,
          attributes: {
            getPolygon: { value: positions, size: 3 },
            getElevation: { value: elevations, size: 1 },
            elementIndex: { value: elementIndex, size: 1 },
          },
        },
      };
    }
    /** Roof, foot and edges. */
    outlinePart(foot, chunk, from) {
      const roof = foot.map(([x, y, low], i) => [x, y, low + chunk.elevations[from + i]]);
      return [[...foot, foot[0]], [...roof, roof[0]], ...foot.map((point, i) => [point, roof[i]])];
    }
    renderChunk(chunk, own, common) {
      const { detail, relief } = this.props;
      return new D.SolidPolygonLayer(own, {
        ...common,
        extensions: [extensions.colours],
        _normalize: false,
        _windingOrder: "CW",
        extruded: detail === "walls" || detail === "edges",
        modelMatrix: reliefMatrix(relief),
        getFillColor: [204, 204, 204],
        wireframe: detail === "edges",
        getLineColor: [96, 96, 96],
        material: { ambient: 0.7, diffuse: 0.34, shininess: 1, specularColor: [0, 0, 0] },
      });
    }
  }
  CityBuildings.layerName = "CityBuildings";
  return CityBuildings;
}
