/** Triangles of a simple ring, by clipping its ears (Meisters 1975); footprints have few corners, most of them are convex. */

/** Twice the area of a triangle of points, positive where it turns to the left. */
function turn(positions, a, b, c) {
  const [ax, ay] = [positions[3 * a], positions[3 * a + 1]];
  return (positions[3 * b] - ax) * (positions[3 * c + 1] - ay) - (positions[3 * c] - ax) * (positions[3 * b + 1] - ay);
}

/** Whether no other corner lies within the triangle before, at, after. */
function isEar(positions, next, side, before, at, after) {
  for (let other = next(after); other !== before; other = next(other)) {
    if (
      side * turn(positions, before, at, other) >= 0 &&
      side * turn(positions, at, after, other) >= 0 &&
      side * turn(positions, after, before, other) >= 0 &&
      !samePlace(positions, other, before) && !samePlace(positions, other, after)
    ) return false;
  }
  return true;
}

const samePlace = (positions, a, b) => positions[3 * a] === positions[3 * b] && positions[3 * a + 1] === positions[3 * b + 1];

/**
 * Writes the triangles of one ring. A ring that crosses itself gets as many, some of them over each other.
 * @param {Float32Array} positions x, y, z of all points
 * @param {number} from first point of the ring; the last one is not the first again
 * @param {number} to one past its last point
 * @param {Uint16Array|Uint32Array} indices where the numbers of the points are written, three to a triangle
 * @param {number} at where in them
 * @returns {number} one past what was written: at + 3 (corners − 2)
 */
export function triangulate(positions, from, to, indices, at) {
  let left = to - from;
  if (left < 3) return at;
  let area = 0;
  for (let i = from + 1; i + 1 < to; i++) area += turn(positions, from, i, i + 1);
  const side = area < 0 ? -1 : 1;
  const following = Int32Array.from({ length: left }, (_, i) => (i + 1 < left ? from + i + 1 : from));
  const next = (corner) => following[corner - from];
  let before = to - 1;
  let tried = 0;
  while (left > 3) {
    const corner = next(before);
    const after = next(corner);
    const bent = side * turn(positions, before, corner, after);
    // After a whole round without an ear the ring crosses itself: then any corner goes.
    if (tried > left || (bent >= 0 && isEar(positions, next, side, before, corner, after))) {
      at = write(indices, at, before, corner, after);
      following[before - from] = after;
      left -= 1;
      tried = 0;
    } else {
      before = corner;
      tried += 1;
    }
  }
  return write(indices, at, before, next(before), next(next(before)));
}

function write(indices, at, a, b, c) {
  indices[at] = a;
  indices[at + 1] = b;
  indices[at + 2] = c;
  return at + 3;
}
