/** Loads the chunks of a layer: what lies before the camera first, a few at a time, each drawn as it arrives. */
import { stats } from "./statistics.js";

const AT_ONCE = 3;

/** Distance from the camera to a chunk, in degrees, for ordering only. */
function distance([west, south, east, north], { longitude, latitude }) {
  const dx = Math.max(west - longitude, 0, longitude - east);
  const dy = Math.max(south - latitude, 0, latitude - north);
  return dx * dx + dy * dy + 1e-6 * ((west + east) / 2 - longitude) ** 2;
}

/**
 * @param {object} layer composite layer with props geometry, store; its state gets `loaded`, an array of decoded chunks
 * @param {(message: object, chunk: object) => object} decode
 */
export function loadChunks(layer, decode) {
  const { geometry, store } = layer.props;
  const waiting = [...geometry.chunks].sort(
    (a, b) => distance(a.bounds, layer.context.viewport) - distance(b.bounds, layer.context.viewport),
  );
  stats.chunksExpected += waiting.length;
  layer.setState({ digest: geometry.digest, loaded: [] });
  const next = async () => {
    for (let chunk = waiting.shift(); chunk; chunk = waiting.shift()) {
      const message = await store.geometry(chunk.name);
      if (layer.state?.digest !== geometry.digest) return; // gone, or another city by now
      const decoded = decode(message, chunk);
      stats.chunksLoaded += 1;
      stats.elementsLoaded += chunk.count;
      stats.arrayBytes.geometry += decoded.byteLength;
      layer.setState({ loaded: [...layer.state.loaded, decoded] });
      if (stats.chunksLoaded === stats.chunksExpected) stats.allLoadedAt = performance.now();
      // Leave the browser a moment to draw and to answer the person.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  for (let i = 0; i < AT_ONCE; i++) next().catch((error) => console.error("city map geometry", error));
}
