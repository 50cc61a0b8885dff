/** Fetches messages by name, each once, and keeps the small ones that the timeline goes back to. */
import { stats } from "./statistics.js";
import { unpack } from "./message.js";
import { makeTerrain } from "./terrain.js";

const VALUES_KEPT = 128 * 2 ** 20;

export class Store {
  /**
   * @param {string} base address of the map routes, "/map"
   * @param {string} grant what the server's authorise() asks for, "" when open
   */
  constructor(base, grant) {
    this.base = base;
    this.grant = grant;
    this.values = new Map(); // name → Uint8Array, oldest first
    this.valueBytes = 0;
    this.waiting = new Map(); // address → promise
    this.terrains = new Map(); // name → promise
  }

  /** @returns {Promise<ArrayBuffer>} */
  fetch(kind, name) {
    const address = new URL(`${this.base}/${kind}/${name}`, document.baseURI).href;
    if (!this.waiting.has(address)) {
      const headers = this.grant ? { "X-City-Twin-Grant": this.grant } : {};
      const answer = fetch(address, { headers })
        .then((response) => {
          if (!response.ok) throw new Error(`${response.status} for ${kind}/${name}`);
          return response.arrayBuffer();
        })
        .then((buffer) => {
          stats.requests += 1;
          stats.bytesFetched += buffer.byteLength;
          return buffer;
        })
        .finally(() => this.waiting.delete(address));
      this.waiting.set(address, answer);
    }
    return this.waiting.get(address);
  }

  /** @returns {Promise<{head: object, arrays: object}>} a geometry message */
  async geometry(name) {
    return unpack(await this.fetch("geometry", name));
  }

  /** The terrain, decoded once and shared by the ground, the water and clicks. */
  terrain(name) {
    if (!this.terrains.has(name)) this.terrains.set(name, this.geometry(name).then(makeTerrain));
    return this.terrains.get(name);
  }

  /** Bytes that are already here, or undefined. */
  peek(name) {
    return this.values.get(name);
  }

  /** @returns {Promise<Uint8Array>} value bytes */
  async bytes(name) {
    const here = this.values.get(name);
    if (here) return here;
    const bytes = new Uint8Array(await this.fetch("values", name));
    if (!this.values.has(name)) {
      this.values.set(name, bytes);
      this.valueBytes += bytes.length;
      for (const [old, dropped] of this.values) {
        if (this.valueBytes <= VALUES_KEPT || old === name) break;
        this.values.delete(old);
        this.valueBytes -= dropped.length;
      }
    }
    return bytes;
  }
}
