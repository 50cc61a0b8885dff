/** The terrain message as a mesh, and the height of the drawn ground at any point. */
import { stats } from "./statistics.js";

const BLOCK = 16; // rows and columns that come and go together while the map is moved
const COARSEST = 8; // rows and columns to a step of the mesh at most; divides BLOCK
const FINEST = 6; // pixels between points of the mesh; closer ones are left out

/** Longitude and latitude at (u, v) of the grid's bounds, from the lattice of known points. */
function locate(lattice, size, u, v) {
  const x = Math.min(Math.max(u, 0), 1) * (size - 1);
  const y = Math.min(Math.max(v, 0), 1) * (size - 1);
  const column = Math.min(Math.floor(x), size - 2);
  const row = Math.min(Math.floor(y), size - 2);
  const right = x - column;
  const down = y - row;
  const at = (r, c, k) => lattice[2 * (r * size + c) + k];
  const mix = (k) =>
    (at(row, column, k) * (1 - right) + at(row, column + 1, k) * right) * (1 - down) +
    (at(row + 1, column, k) * (1 - right) + at(row + 1, column + 1, k) * right) * down;
  return [mix(0), mix(1)];
}

/**
 * @param {{head: object, arrays: object}} message
 * @returns {object} positions as offsets in degrees from `origin` and heights in metres, texture coordinates, triangles
 */
export function makeTerrain({ head, arrays }) {
  const { rows, columns, lattice: size } = head;
  const { heights, lattice, shade, classes } = arrays;
  const origin = locate(lattice, size, 0.5, 0.5);
  const count = rows * columns;
  const positions = new Float32Array(count * 3);
  const uvs = new Float32Array(count * 2);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      // The outermost cells reach to the edge of the grid.
      const u = column === 0 ? 0 : column === columns - 1 ? 1 : Math.min(head.first_u + column * head.step_u, 1);
      const v = row === 0 ? 0 : row === rows - 1 ? 1 : Math.min(head.first_v + row * head.step_v, 1);
      const [longitude, latitude] = locate(lattice, size, u, v);
      positions[3 * i] = longitude - origin[0];
      positions[3 * i + 1] = latitude - origin[1];
      positions[3 * i + 2] = head.height_zero + heights[i] * head.height_step;
      uvs[2 * i] = u;
      uvs[2 * i + 1] = v;
    }
  }
  stats.arrayBytes.ground += positions.byteLength + uvs.byteLength;
  const [west, north] = locate(lattice, size, 0, 0);
  const [east, south] = locate(lattice, size, 1, 1);

  /** Place of a point within the grid's bounds: the grid leans a little against north, so a first guess is corrected. */
  function inverse(longitude, latitude) {
    let u = 0.5;
    let v = 0.5;
    for (let turn = 0; turn < 4; turn++) {
      const [x, y] = locate(lattice, size, u, v);
      u += (longitude - x) / (east - west);
      v += (latitude - y) / (south - north);
      if (!(u > -1 && u < 2 && v > -1 && v < 2)) break;
    }
    return [u, v];
  }

  /** Height of the drawn ground in metres, between the four points of the mesh around; outside that of the edge. */
  function heightAt(longitude, latitude) {
    const [u, v] = inverse(longitude, latitude);
    const x = Math.min(Math.max((u - head.first_u) / head.step_u, 0), columns - 1);
    const y = Math.min(Math.max((v - head.first_v) / head.step_v, 0), rows - 1);
    const column = Math.min(Math.floor(x), Math.max(columns - 2, 0));
    const row = Math.min(Math.floor(y), Math.max(rows - 2, 0));
    const right = x - column;
    const down = y - row;
    const at = (r, c) => heights[Math.min(r, rows - 1) * columns + Math.min(c, columns - 1)];
    const upper = at(row, column) * (1 - right) + at(row, column + 1) * right;
    const lower = at(row + 1, column) * (1 - right) + at(row + 1, column + 1) * right;
    return head.height_zero + (upper * (1 - down) + lower * down) * head.height_step;
  }

  /** Metres between the points of the mesh. */
  const spacing = Math.min(
    ((north - south) * 111320) / Math.max(rows - 1, 1),
    ((east - west) * 111320 * Math.cos((origin[1] * Math.PI) / 180)) / Math.max(columns - 1, 1),
  );

  /**
   * The part of the mesh that a window needs, and how fine.
   * @param {number[]} box west, south, east and north of what is to be covered
   * @param {number} pixel metres to a pixel
   * @returns {{rows: number[], columns: number[], step: number}} first and last ones
   */
  function within([left, bottom, right, top], pixel) {
    const step = 2 ** Math.max(0, Math.min(Math.log2(COARSEST), Math.floor(Math.log2((FINEST * pixel) / spacing))));
    const places = [[left, bottom], [left, top], [right, bottom], [right, top]].map((place) => inverse(...place));
    const reach = (k, first, stride, count) => {
      const at = places.map((place) => (place[k] - first) / stride);
      const [from, to] = [Math.floor(Math.min(...at) / BLOCK) * BLOCK, Math.ceil(Math.max(...at) / BLOCK) * BLOCK];
      return [Math.max(0, from), Math.min(count - 1, to)];
    };
    return { columns: reach(0, head.first_u, head.step_u, columns), rows: reach(1, head.first_v, head.step_v, rows), step };
  }

  /** Triangles of a part of the mesh, as numbers of its points. */
  function triangles({ rows: [top, bottom], columns: [left, right], step }) {
    const downs = stepped(top, bottom, step);
    const acrosses = stepped(left, right, step);
    const indices = new Uint32Array(Math.max(0, downs.length - 1) * Math.max(0, acrosses.length - 1) * 6);
    for (let i = 0, k = 0; i + 1 < downs.length; i++) {
      const [upper, lower] = [downs[i] * columns, downs[i + 1] * columns];
      for (let j = 0; j + 1 < acrosses.length; j++, k += 6) {
        const [a, b] = [acrosses[j], acrosses[j + 1]];
        indices[k] = upper + a;
        indices[k + 1] = indices[k + 4] = lower + a;
        indices[k + 2] = indices[k + 3] = upper + b;
        indices[k + 5] = lower + b;
      }
    }
    return indices;
  }

  let [lowest, highest] = [Infinity, -Infinity];
  for (const code of heights) {
    if (code < lowest) lowest = code;
    if (code > highest) highest = code;
  }
  const range = [lowest, highest].map((code) => head.height_zero + code * head.height_step);

  const meshShape = [rows, columns];
  return { origin, positions, uvs, within, triangles, heightAt, range, meshShape, shade, classes, shadeShape: head.shade_shape, classShape: head.class_shape };
}

/** Every `step`-th number, and the last one. */
function stepped(first, last, step) {
  const made = [];
  for (let i = first; i < last; i += step) made.push(i);
  if (last >= first) made.push(last);
  return made;
}
