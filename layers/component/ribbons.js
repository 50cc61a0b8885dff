/** Lines of a width on the ground, as meshes: roads, outlines of areas, people on the move. */
import { indexArray } from "./mesh.js";

/** Metres by which lines win against the ground they lie on. */
const LIFT = 12;
const MOST_WIDER = 8; // pixels to each side: what is told by width stands out in a whole city, and covers no houses in a street
const LONGEST_MITRE = 2; // of half the width: sharper bends are drawn narrower

const RIBBON_VS = `#version 300 es
#define SHADER_NAME city-ribbon-vertex
in vec3 positions;
in vec4 across;
in float width;
in float elementIndex;
in float along;
out vec2 ribbonPlace;
out float ribbonAlong;
void main(void) {
  geometry.worldPosition = positions;
  geometry.pickingColor = value_picking(elementIndex);
  if (ribbon.drawsNone < 0.5 && value_none(elementIndex)) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  vec4 middle = project_position_to_clipspace(positions, vec3(0.0), vec3(0.0), geometry.position);
  float plain = max(project_size_to_pixel(width), ribbon.widthMinPixels) / 2.0;
  float pixels = min(plain * value_width(elementIndex, middle), plain + ${MOST_WIDER}.0);
  geometry.position.xy += across.xy * ${LONGEST_MITRE}.0 * project_pixel_size(pixels);
  gl_Position = project_common_position_to_clipspace(geometry.position);
  vec4 lifted = project_common_position_to_clipspace(geometry.position + vec4(0.0, 0.0, project_size(${LIFT}.0), 0.0));
  gl_Position.z = lifted.z / lifted.w * gl_Position.w;
  DECKGL_FILTER_GL_POSITION(gl_Position, geometry);
  vec4 picked = vec4(1.0);
  DECKGL_FILTER_COLOR(picked, geometry);
  ribbonPlace = across.zw;
  ribbonAlong = along;
  value_look(elementIndex);
}`;

const RIBBON_FS = `#version 300 es
#define SHADER_NAME city-ribbon-fragment
precision highp float;
in vec2 ribbonPlace;
out vec4 fragColor;
void main(void) {
  // The ends are round.
  if (dot(ribbonPlace, ribbonPlace) > 1.0) discard;
  fragColor = vec4(value_colour(1.0) * mix(1.0, 0.68, smoothstep(0.62, 0.78, abs(ribbonPlace.x))), 1.0);
  DECKGL_FILTER_COLOR(fragColor, geometry);
}`;

const RIBBON_MODULE = {
  name: "ribbon",
  vs: `
layout(std140) uniform ribbonUniforms {
  float widthMinPixels;
  float drawsNone;
} ribbon;
`,
  uniformTypes: { widthMinPixels: "f32", drawsNone: "f32" },
};

/**
 * Paths as ribbons: two vertices a point, side by side, and two more beyond each end for its round cap. `across` is the way from
 * the point to the vertex in halves of the width, over LONGEST_MITRE, then the place in the ribbon: side, and share of the cap.
 * Longitude and latitude are drawn conformally: a way across in metres is one on the map.
 */
export function ribbonsOf({ starts, positions, elementIndex, origin }, widths) {
  const paths = starts.length - 1;
  const count = 2 * (positions.length / 3 + 2 * paths);
  const made = {
    positions: new Float32Array(3 * count), across: new Int16Array(4 * count), width: new Float32Array(count),
    elementIndex: new Float32Array(count), along: new Float32Array(count),
  };
  const indices = indexArray(3 * (count - 2 * paths), count);
  const [east, north] = [111320 * Math.cos((origin[1] * Math.PI) / 180), 111320];
  let [vertex, at, metres] = [0, 0, 0];
  const put = (i, [x, y], [dx, dy], cap) => {
    for (const side of [1, -1]) {
      made.positions.set(positions.subarray(3 * i, 3 * i + 3), 3 * vertex);
      const way = [side * x + cap * dx, side * y + cap * dy].map((part) => (part / LONGEST_MITRE) * 32767);
      made.across.set([...way, side * 32767, Math.abs(cap) * 32767], 4 * vertex);
      made.width[vertex] = widths[i];
      made.elementIndex[vertex] = elementIndex[i];
      made.along[vertex] = metres;
      vertex += 1;
    }
  };
  for (let path = 0; path < paths; path++) {
    const [from, last] = [starts[path], starts[path + 1] - 1];
    let before = null;
    metres = 0;
    for (let i = from; i <= last; i++) {
      const [dx, dy] = i < last ? [(positions[3 * i + 3] - positions[3 * i]) * east, (positions[3 * i + 4] - positions[3 * i + 1]) * north] : [0, 0];
      const length = Math.hypot(dx, dy);
      // A point upon the one before has no direction of its own.
      const after = length > 0 ? [dx / length, dy / length] : before ?? [1, 0];
      const into = before ?? after;
      if (i === from) put(i, left(into), into, -1);
      put(i, mitre(into, after), after, 0);
      if (i === last) put(i, left(into), into, 1);
      metres += length;
      before = after;
    }
    for (let pair = vertex - 2 * (last - from + 3); pair + 2 < vertex; pair += 2) {
      indices.set([pair, pair + 1, pair + 2, pair + 2, pair + 1, pair + 3], at);
      at += 6;
    }
  }
  return {
    attributes: {
      positions: { size: 3, value: made.positions },
      across: { size: 4, value: made.across, normalized: true },
      width: { size: 1, value: made.width },
      elementIndex: { size: 1, value: made.elementIndex },
      along: { size: 1, value: made.along },
    },
    indices,
  };
}

const left = ([x, y]) => [-y, x];

/** From a bend to its left edge, in halves of the width. */
function mitre(into, after) {
  const [x, y] = [-into[1] - after[1], into[0] + after[0]];
  const square = x * x + y * y;
  if (square < 1e-6) return left(into);
  const scale = Math.min(2 / square, LONGEST_MITRE / Math.sqrt(square));
  return [x * scale, y * scale];
}

export function defineRibbons(D, ElementMesh) {
  class RibbonMesh extends ElementMesh {
    shaders() {
      return { vs: RIBBON_VS, fs: RIBBON_FS, modules: [RIBBON_MODULE] };
    }
    drawModels([model]) {
      const { widthMinPixels, drawsNone } = this.props;
      model.shaderInputs.setProps({ ribbon: { widthMinPixels, drawsNone: drawsNone ? 1 : 0 } });
      model.draw(this.context.renderPass);
    }
  }
  RibbonMesh.layerName = "RibbonMesh";
  RibbonMesh.defaultProps = { widthMinPixels: 1, drawsNone: true };
  return RibbonMesh;
}
