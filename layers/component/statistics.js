/** What the map has cost so far; read by tests and benchmarks as `globalThis.__cityMap.stats`. */
export const stats = {
  /** Bytes of messages as unpacked, and the number of requests. */
  bytesFetched: 0,
  requests: 0,
  /** Bytes of typed arrays handed to the graphics card, by what they are for. */
  arrayBytes: { geometry: 0, values: 0, ground: 0 },
  chunksLoaded: 0,
  chunksExpected: 0,
  elementsLoaded: 0,
  /** Milliseconds since navigation until the first frame with coloured buildings, 0 before. */
  firstColoursAt: 0,
  allLoadedAt: 0,
  frames: 0,
  /** Milliseconds from a change of step to the frame that shows it. */
  lastStepMilliseconds: 0,
};

globalThis.__cityMap = { ...(globalThis.__cityMap ?? {}), stats };
