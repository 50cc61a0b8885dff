/** Opens the binary messages of layers/wire: magic, length of the head, JSON head, aligned little-endian arrays. */
const TYPES = {
  u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array,
  u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array,
};

/**
 * @param {ArrayBuffer} buffer
 * @returns {{head: object, arrays: Object<string, ArrayBufferView>}}
 */
export function unpack(buffer) {
  const view = new DataView(buffer);
  if (view.getUint32(0) !== 0x43545731) throw new Error("not a map message");
  const length = view.getUint32(4, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const arrays = {};
  for (const { name, type, length: count, offset } of head.arrays) {
    arrays[name] = new TYPES[type](buffer, 8 + length + offset, count);
  }
  return { head, arrays };
}

/** First vertex of each ring or path, and one past the last, from their counts. */
export function startsOf(counts) {
  const starts = new Uint32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) starts[i + 1] = starts[i] + counts[i];
  return starts;
}

/** Element number of each ring or path within its chunk, from the steps between them. */
export function elementsOf(steps) {
  const elements = new Uint32Array(steps.length);
  for (let i = 0, element = 0; i < steps.length; i++) elements[i] = element += steps[i];
  return elements;
}

/** Matrix that puts every height on the shared elevation model: subtract the datum, exaggerate. */
export function reliefMatrix({ datum, exaggeration }) {
  return [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, exaggeration, 0, 0, 0, -datum * exaggeration, 1];
}
