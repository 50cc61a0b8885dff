/** Between pixels and places: where a sight line meets the drawn ground, and where a place stands on the screen. */

const SAMPLES = 64; // along a sight line, before the crossing is narrowed down
const NEAREST = 0.02; // least distance from the camera, in its own units, at which something is drawn
const STEP = 30; // m between the points of a line that follows the ground
const MOST_STEPS = 80; // along one side of a drawing

/** The drawn ground: heights in metres above the plane that the camera turns around. */
export class Ground {
  /** @param {{terrain: object|null, relief: {datum: number, exaggeration: number}}} drawn */
  constructor({ terrain, relief }) {
    this.terrain = terrain;
    this.relief = relief;
  }
  raised(height) {
    return (height - this.relief.datum) * this.relief.exaggeration;
  }
  heightAt(longitude, latitude) {
    return this.terrain ? this.raised(this.terrain.heightAt(longitude, latitude)) : 0;
  }

  /** Longitude and latitude of the ground under a pixel, null where only sky is. */
  under(viewport, x, y) {
    const at = (height) => viewport.unproject([x, y], { targetZ: height });
    const [low, high] = this.terrain ? this.terrain.range.map((height) => this.raised(height)) : [0, 0];
    const above = ([longitude, latitude], height) => height - this.heightAt(longitude, latitude);
    let [upper, lower] = [high + 0.01, low - 0.01];
    for (let i = 1; i <= SAMPLES; i++) {
      const height = high + 0.01 - ((high - low + 0.02) * i) / SAMPLES;
      if (above(at(height), height) <= 0) {
        lower = height;
        break;
      }
      upper = height;
    }
    for (let turn = 0; turn < 16; turn++) {
      const middle = (upper + lower) / 2;
      if (above(at(middle), middle) <= 0) lower = middle;
      else upper = middle;
    }
    const found = at((upper + lower) / 2);
    // Above the horizon the sight line is followed backwards: what it finds there stands elsewhere on the screen.
    const back = project(viewport, [found[0], found[1], (upper + lower) / 2]);
    return back && Math.hypot(back[0] - x, back[1] - y) < 2 ? [found[0], found[1]] : null;
  }

  /** A line of places as points on the ground, close enough together to follow it. */
  drape(places, closed = false) {
    const line = closed && places.length > 2 ? [...places, places[0]] : places;
    const made = [];
    for (let i = 0; i < line.length; i++) {
      const [longitude, latitude] = line[i];
      if (i > 0) {
        const [west, south] = line[i - 1];
        const parts = Math.min(Math.ceil(metresBetween(line[i - 1], line[i]) / STEP), MOST_STEPS);
        for (let part = 1; part < parts; part++) {
          const point = [west + ((longitude - west) * part) / parts, south + ((latitude - south) * part) / parts];
          made.push([...point, this.heightAt(...point)]);
        }
      }
      made.push([longitude, latitude, this.heightAt(longitude, latitude)]);
    }
    return made;
  }
}

/**
 * West, south, east and north of all that a window may show, on ground from `lowest` up: where the sight lines of its corners end,
 * and the place below the camera, to which they draw together higher up.
 */
export function seenBox(viewport, lowest = 0) {
  const [west, south, east, north] = viewport.getBounds({ z: lowest });
  const [longitude, latitude] = viewport.unprojectPosition(viewport.cameraPosition);
  return [Math.min(west, longitude), Math.min(south, latitude), Math.max(east, longitude), Math.max(north, latitude)];
}

/** Metres between two places, on a sphere that is flat nearby. */
export function metresBetween([a, b], [c, d]) {
  return Math.hypot((c - a) * 111320 * Math.cos((((b + d) / 2) * Math.PI) / 180), (d - b) * 111320);
}

/** Square metres within a ring of places. */
export function squareMetres(ring) {
  const across = 111320 * Math.cos(((ring[0]?.[1] ?? 0) * Math.PI) / 180);
  let twice = 0;
  ring.forEach(([x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length];
    twice += (x - ring[0][0]) * (nextY - ring[0][1]) - (nextX - ring[0][0]) * (y - ring[0][1]);
  });
  return (Math.abs(twice) / 2) * across * 111320;
}

/** Pixels times distance, and distance: what is behind the camera can be cut off before the division. */
function homogeneous(viewport, point) {
  const [x, y, z] = viewport.projectPosition(point);
  const m = viewport.pixelProjectionMatrix;
  return [0, 1, 3].map((row) => m[row] * x + m[4 + row] * y + m[8 + row] * z + m[12 + row]);
}

const divided = ([x, y, w]) => [x / w, y / w];
const mixed = (a, b) => {
  const share = (NEAREST - a[2]) / (b[2] - a[2]);
  return a.map((value, i) => value + (b[i] - value) * share);
};

/** Pixels of a point [longitude, latitude, height], null behind the camera. */
export function project(viewport, point) {
  const made = homogeneous(viewport, point);
  return made[2] > NEAREST ? divided(made) : null;
}

/** Lines of pixels, cut where they pass behind the camera. */
export function projectLine(viewport, points) {
  const lines = [];
  let line = null;
  let before = null;
  for (const point of points) {
    const now = homogeneous(viewport, point);
    const seen = now[2] > NEAREST;
    if (before && seen !== before[2] > NEAREST) {
      const edge = divided(mixed(before, now));
      if (seen) lines.push((line = [edge]));
      else line.push(edge);
    }
    if (seen) {
      if (!line) lines.push((line = []));
      line.push(divided(now));
    } else line = null;
    before = now;
  }
  return lines;
}

/** A ring of pixels, cut where it passes behind the camera. */
export function projectRing(viewport, points) {
  const made = [];
  const all = points.map((point) => homogeneous(viewport, point));
  all.forEach((now, i) => {
    const next = all[(i + 1) % all.length];
    if (now[2] > NEAREST) made.push(divided(now));
    if (now[2] > NEAREST !== next[2] > NEAREST) made.push(divided(mixed(now, next)));
  });
  return made;
}
