/** Layers whose geometry comes in chunks: what lies before the camera first, a few at a time, each drawn as it arrives. */
import { elementsOf, startsOf } from "./message.js";
import { seenBox } from "./sight.js";
import { stats } from "./statistics.js";
import { dropValues, followValues } from "./values.js";

const AT_ONCE = 3;
const AROUND = 0.002; // degrees

/** Distance from the camera to a chunk, in degrees, for ordering only. */
function distance([west, south, east, north], { longitude, latitude }) {
  const dx = Math.max(west - longitude, 0, longitude - east);
  const dy = Math.max(south - latitude, 0, latitude - north);
  return dx * dx + dy * dy + 1e-6 * ((west + east) / 2 - longitude) ** 2;
}

/** Bytes that a mesh takes on the graphics card. */
function meshBytes({ attributes, indices }) {
  return Object.values(attributes).reduce((sum, { value }) => sum + value.byteLength, indices.byteLength);
}

/** Whether a chunk may be seen: with room for what stands high, or is drawn wide. */
function meets([west, south, east, north], viewport) {
  const [left, bottom, right, top] = seenBox(viewport);
  const [dx, dy] = [0.1 * (right - left) + AROUND, 0.1 * (top - bottom) + AROUND];
  return west < right + dx && east > left - dx && south < top + dy && north > bottom - dy;
}

/**
 * What all messages of rings and paths have in common.
 * @param {{head: object, arrays: object}} message
 * @param {{first: number, count: number}} chunk
 * @param {(part: number, vertex: number) => void} each called for every vertex, after its position is known
 */
export function decodeParts({ head, arrays }, chunk, each) {
  const { counts, elements: steps, dx, dy } = arrays;
  const starts = startsOf(counts);
  const elements = elementsOf(steps);
  const positions = new Float32Array(head.vertices * 3);
  const elementIndex = new Float32Array(head.vertices);
  let x = 0;
  let y = 0;
  for (let part = 0; part < counts.length; part++) {
    const number = chunk.first + elements[part];
    for (let i = starts[part]; i < starts[part + 1]; i++) {
      x += dx[i];
      y += dy[i];
      positions[3 * i] = x * head.step[0];
      positions[3 * i + 1] = y * head.step[1];
      elementIndex[i] = number;
      positions[3 * i + 2] = each(part, i);
    }
  }
  return { first: chunk.first, count: chunk.count, bounds: chunk.bounds, origin: head.origin, starts, elements, positions, elementIndex };
}

export function defineChunked(D) {
  /** Subclasses say how a message is decoded, drawn and outlined: `decode` with a `mesh`, `renderChunk`, `outlinePart`. */
  class Chunked extends D.CompositeLayer {
    initializeState() {
      this.setState({ loaded: [], digest: null, byteTexture: null });
    }
    updateState({ props }) {
      if (!props.store || !props.visible) return;
      if (props.geometry.digest !== this.state.digest) this.load();
      followValues(this, props.geometry.count);
    }
    finalizeState(context) {
      dropValues(this);
      this.state.digest = null;
      super.finalizeState(context);
    }
    load() {
      const { geometry, store } = this.props;
      const waiting = [...geometry.chunks].sort(
        (a, b) => distance(a.bounds, this.context.viewport) - distance(b.bounds, this.context.viewport),
      );
      stats.chunksExpected += waiting.length;
      this.setState({ digest: geometry.digest, loaded: [] });
      const next = async () => {
        for (let chunk = waiting.shift(); chunk; chunk = waiting.shift()) {
          const message = await store.geometry(chunk.name);
          if (this.state?.digest !== geometry.digest) return; // gone, or another city by now
          const decoded = this.decode(message, chunk);
          stats.chunksLoaded += 1;
          stats.elementsLoaded += chunk.count;
          stats.arrayBytes.geometry += meshBytes(decoded.mesh);
          this.setState({ loaded: [...this.state.loaded, decoded] });
          if (stats.chunksLoaded === stats.chunksExpected) stats.allLoadedAt = performance.now();
          // Leave the browser a moment to draw and to answer the person.
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      };
      for (let i = 0; i < AT_ONCE; i++) next().catch((error) => console.error("city map geometry", error));
    }
    /** Calls back for every part of one element with its chunk and its first and last vertex. */
    eachPart(index, call) {
      const chunk = this.state.loaded.find(({ first, count }) => index >= first && index < first + count);
      chunk?.elements.forEach((number, part) => {
        if (chunk.first + number === index) call(chunk, chunk.starts[part], chunk.starts[part + 1]);
      });
    }
    /** Outline of one element, as lines of [longitude, latitude, height]. */
    outline(index) {
      const lines = [];
      this.eachPart(index, (chunk, from, to) => {
        const part = [];
        for (let i = from; i < to; i++) {
          const [dx, dy, height] = chunk.positions.subarray(3 * i, 3 * i + 3);
          part.push([chunk.origin[0] + dx, chunk.origin[1] + dy, height]);
        }
        lines.push(...this.outlinePart(part, chunk, from));
      });
      return lines;
    }
    outlinePart(part) {
      return [part];
    }
    /** What lies beside the window costs nothing. Near the horizon the window reaches far: then all is drawn. */
    filterSubLayer({ layer, viewport }) {
      const bounds = this.state.loaded.find(({ first }) => layer.id.endsWith(`-chunk-${first}`))?.bounds;
      return !bounds || meets(bounds, viewport);
    }
    renderLayers() {
      const { loaded, byteTexture, tableTexture, otherBytes, otherTable } = this.state;
      if (!byteTexture) return [];
      const values = { byteTexture, tableTexture, otherBytes, otherTable, divider: this.props.divider };
      return loaded.map((chunk) => this.renderChunk(chunk, this.getSubLayerProps({ id: `chunk-${chunk.first}` }), {
        ...values,
        mesh: chunk.mesh,
        coordinateSystem: D.COORDINATE_SYSTEM.LNGLAT_OFFSETS,
        coordinateOrigin: [...chunk.origin, 0],
      }));
    }
  }
  Chunked.layerName = "Chunked";
  Chunked.defaultProps = {
    fill: 0, step: 0, detail: "walls",
    other: { type: "object", value: null, compare: 0 },
    divider: { type: "object", value: null, compare: 0 },
  };
  return Chunked;
}
