/** Roads and outlines: lines lying on the terrain, width and pattern by the byte of each. */
import { decodeParts } from "./chunks.js";
import { reliefMatrix } from "./message.js";
import { ribbonsOf } from "./ribbons.js";
import { metresBetween } from "./sight.js";

export function defineRoads(D, Chunked, RibbonMesh) {
  class CityRoads extends Chunked {
    /** A message of paths as ribbons. */
    decode(message, chunk) {
      const { head, arrays: { height, widths } } = message;
      const width = new Float32Array(head.vertices);
      const made = decodeParts(message, chunk, (path, vertex) => {
        width[vertex] = widths[path] * head.width_step;
        return head.height_zero + height[vertex] * head.height_step;
      });
      return { ...made, mesh: ribbonsOf(made, width) };
    }
    renderChunk(chunk, own, common) {
      const widthMinPixels = this.props.detail === "far" ? 0.5 : 1.6;
      return new RibbonMesh(own, this.lines(common), { widthMinPixels });
    }
    /** What all lines on the ground have in common. */
    lines(common) {
      return { ...common, modelMatrix: reliefMatrix(this.props.relief), parameters: { depthWriteEnabled: false } };
    }
    /** Number of the element whose rings enclose a place, for outlines of areas; null for none. */
    enclosing(longitude, latitude) {
      let smallest = null;
      for (const { origin, positions, starts, elements, first } of this.state.loaded) {
        const [px, py] = [longitude - origin[0], latitude - origin[1]];
        const crossings = new Map(); // element → whether inside by the rings so far, and the sum of their lengths
        for (let part = 0; part < elements.length; part++) {
          const found = crossings.get(elements[part]) ?? { inside: false, length: 0 };
          crossings.set(elements[part], found);
          for (let i = starts[part] + 1; i < starts[part + 1]; i++) {
            const [x0, y0, x1, y1] = [positions[3 * i - 3], positions[3 * i - 2], positions[3 * i], positions[3 * i + 1]];
            found.length += metresBetween([x0, y0], [x1, y1]);
            if (y0 > py !== y1 > py && px < x0 + ((py - y0) / (y1 - y0)) * (x1 - x0)) found.inside = !found.inside;
          }
        }
        // Of areas within areas the smallest is meant.
        for (const [element, { inside, length }] of crossings) {
          if (inside && (!smallest || length < smallest.length)) smallest = { index: first + element, length };
        }
      }
      return smallest?.index ?? null;
    }
  }
  CityRoads.layerName = "CityRoads";
  return CityRoads;
}
