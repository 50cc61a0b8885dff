/** The terrain message as a mesh, and the height of the drawn ground at any point. */
import { stats } from "./statistics.js";

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
 * @returns {object} positions as offsets in degrees from `origin` and heights in metres, texture coordinates, indices
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
  const indices = new Uint32Array(Math.max(0, (rows - 1) * (columns - 1) * 6));
  for (let row = 0, k = 0; row < rows - 1; row++) {
    for (let column = 0; column < columns - 1; column++) {
      const a = row * columns + column;
      indices.set([a, a + columns, a + 1, a + 1, a + columns, a + columns + 1], k);
      k += 6;
    }
  }
  stats.arrayBytes.ground += positions.byteLength + uvs.byteLength + indices.byteLength;
  const [west, north] = locate(lattice, size, 0, 0);
  const [east, south] = locate(lattice, size, 1, 1);

  /** Height of the drawn ground in metres; the grid leans a little against north, which a click does not notice. */
  function heightAt(longitude, latitude) {
    const column = Math.round((((longitude - west) / (east - west)) - head.first_u) / head.step_u);
    const row = Math.round((((latitude - north) / (south - north)) - head.first_v) / head.step_v);
    if (!(column >= 0 && column < columns && row >= 0 && row < rows)) return null;
    return head.height_zero + heights[row * columns + column] * head.height_step;
  }

  return { origin, positions, uvs, indices, heightAt, shade, classes, shadeShape: head.shade_shape, classShape: head.class_shape };
}
