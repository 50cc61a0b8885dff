/** Buildings: extruded footprints on the terrain, one mesh per chunk, one byte per building. */
import { decodeParts } from "./chunks.js";
import { indexArray } from "./mesh.js";
import { reliefMatrix } from "./message.js";
import { triangulate } from "./triangles.js";

const LOWEST = 0.5; // metres; a building without height is seen, too
const EDGE = 0.45; // brightness of edges

const SOLID_VS = `#version 300 es
#define SHADER_NAME city-solid-vertex
in vec3 positions;
in float elementIndex;
out vec3 solidPlace;
void main(void) {
  geometry.worldPosition = positions;
  geometry.pickingColor = value_picking(elementIndex);
  gl_Position = project_position_to_clipspace(positions, vec3(0.0), vec3(0.0), geometry.position);
  // Edges win against their own walls.
  if (solid.edges > 0.5) gl_Position.z -= 0.00004 * gl_Position.w;
  DECKGL_FILTER_GL_POSITION(gl_Position, geometry);
  vec4 picked = vec4(1.0);
  DECKGL_FILTER_COLOR(picked, geometry);
  solidPlace = geometry.position.xyz * 10000.0;
  value_look(elementIndex);
}`;

// Light from the north-west and above: a roof shows the colour of the legend as it is, walls are darker.
// Which way a face looks is told by its neighbouring pixels, so that roofs and walls share their vertices.
const SOLID_FS = `#version 300 es
#define SHADER_NAME city-solid-fragment
precision highp float;
in vec3 solidPlace;
out vec4 fragColor;
const vec3 SUN = vec3(-0.348, 0.348, 0.870);
void main(void) {
  vec3 facing = cross(dFdx(solidPlace), dFdy(solidPlace));
  float lit = max(dot(facing, SUN), 0.0) * inversesqrt(max(dot(facing, facing), 1e-30));
  fragColor = vec4(value_colour(solid.edges > 0.5 ? ${EDGE} : 0.7 + 0.34 * lit), 1.0);
  DECKGL_FILTER_COLOR(fragColor, geometry);
}`;

const SOLID_UNIFORMS = "layout(std140) uniform solidUniforms {\n  float edges;\n} solid;\n";
const SOLID_MODULE = { name: "solid", vs: SOLID_UNIFORMS, fs: SOLID_UNIFORMS, uniformTypes: { edges: "f32" } };

/** Roofs first, then walls: triangles between the corners below, numbered from 0, and those above, which follow them. */
function trianglesOf({ starts, positions }) {
  const corners = positions.length / 3;
  let roofs = 0;
  for (let ring = 0; ring + 1 < starts.length; ring++) roofs += 3 * Math.max(starts[ring + 1] - starts[ring] - 2, 0);
  const indices = indexArray(roofs + 6 * corners, 2 * corners);
  let at = 0;
  for (let ring = 0; ring + 1 < starts.length; ring++) at = triangulate(positions, starts[ring], starts[ring + 1], indices, at);
  for (let i = 0; i < at; i++) indices[i] += corners;
  eachSide(starts, (from, to) => {
    indices.set([from, to, from + corners, to, to + corners, from + corners], at);
    at += 6;
  });
  return { indices, roofs };
}

/** Lines along the roofs and down the corners. */
function edgesOf({ starts, positions }) {
  const corners = positions.length / 3;
  const indices = indexArray(4 * corners, 2 * corners);
  let at = 0;
  eachSide(starts, (from, to) => {
    indices.set([from, from + corners, from + corners, to + corners], at);
    at += 4;
  });
  return indices;
}

function eachSide(starts, call) {
  for (let ring = 0; ring + 1 < starts.length; ring++) {
    for (let i = starts[ring]; i < starts[ring + 1]; i++) call(i, i + 1 < starts[ring + 1] ? i + 1 : starts[ring]);
  }
}

export function defineBuildings(D, Chunked, ElementMesh) {
  class SolidMesh extends ElementMesh {
    shaders() {
      return { vs: SOLID_VS, fs: SOLID_FS, modules: [SOLID_MODULE] };
    }
    drawModels([solids, edges]) {
      const { detail, chunk } = this.props;
      const { roofs, indices } = chunk.mesh;
      const walls = detail === "walls" || detail === "edges";
      solids.setVertexCount(walls ? indices.length : roofs);
      solids.shaderInputs.setProps({ solid: { edges: 0 } });
      solids.draw(this.context.renderPass);
      if (detail === "edges" && !edges) {
        edges = this.makeModel("line-list", chunk.mesh.attributes, edgesOf(chunk));
        this.setState({ models: [solids, edges] });
        this.setNeedsRedraw();
        return;
      }
      if (detail !== "edges") return;
      edges.shaderInputs.setProps({ solid: { edges: 1 } });
      edges.draw(this.context.renderPass);
    }
  }
  SolidMesh.layerName = "SolidMesh";
  SolidMesh.defaultProps = { chunk: { type: "object", value: null, compare: 0 }, detail: "walls" };

  class CityBuildings extends Chunked {
    /** A message of solids as a mesh: every corner below and above. */
    decode(message, chunk) {
      const { head, arrays: { base, top } } = message;
      const corners = head.vertices;
      const elevations = new Float32Array(corners);
      const made = decodeParts(message, chunk, (ring, vertex) => {
        elevations[vertex] = Math.max((top[ring] - base[ring]) * head.height_step, LOWEST);
        return head.height_zero + base[ring] * head.height_step;
      });
      const positions = new Float32Array(6 * corners);
      const elementIndex = new Float32Array(2 * corners);
      positions.set(made.positions);
      positions.set(made.positions, 3 * corners);
      elevations.forEach((elevation, i) => (positions[3 * (corners + i) + 2] += elevation));
      elementIndex.set(made.elementIndex);
      elementIndex.set(made.elementIndex, corners);
      const { indices, roofs } = trianglesOf(made);
      return {
        ...made,
        positions: positions.subarray(0, 3 * corners),
        elevations,
        mesh: { attributes: { positions: { size: 3, value: positions }, elementIndex: { size: 1, value: elementIndex } }, indices, roofs },
      };
    }
    /** Roof, foot and edges. */
    outlinePart(foot, chunk, from) {
      const roof = foot.map(([x, y, low], i) => [x, y, low + chunk.elevations[from + i]]);
      return [[...foot, foot[0]], [...roof, roof[0]], ...foot.map((point, i) => [point, roof[i]])];
    }
    renderChunk(chunk, own, common) {
      const { detail, relief } = this.props;
      return new SolidMesh(own, { ...common, chunk, detail, modelMatrix: reliefMatrix(relief) });
    }
  }
  CityBuildings.layerName = "CityBuildings";
  return CityBuildings;
}
