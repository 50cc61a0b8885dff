/** People on the move: dashes that run along the roads while time is playing; width and colour by how many they are. */

/** Pixels from dash to dash at least, twice as many at most; and seconds of watching from one to the next. */
const SPACING = 34;
const PERIOD = 1.4;

const DASHES_FS = `#version 300 es
#define SHADER_NAME city-dashes-fragment
precision highp float;
in vec2 ribbonPlace;
in float ribbonAlong;
out vec4 fragColor;
void main(void) {
  // Each direction has the half of the road on its left; arrow heads: its middle runs ahead of its edges.
  if (value_nothing() || ribbonPlace.x < 0.0 || dot(ribbonPlace, ribbonPlace) > 1.0) discard;
  float place = fract(ribbonAlong / dashes.spacing + 0.22 * abs(2.0 * ribbonPlace.x - 1.0) - dashes.phase);
  // White between the arrows: seen on roads, on water and on fields alike, and taken for neither.
  float arrow = smoothstep(0.42, 0.5, place) * (1.0 - smoothstep(0.94, 1.0, place));
  vec3 colour = value_colour(1.0) * mix(1.0, 0.68, smoothstep(0.62, 0.78, ribbonPlace.x));
  fragColor = vec4(mix(vec3(1.0), colour, arrow), mix(0.8, 1.0, arrow));
  DECKGL_FILTER_COLOR(fragColor, geometry);
}`;

const DASHES_MODULE = {
  name: "dashes",
  fs: "layout(std140) uniform dashesUniforms {\n  float phase;\n  float spacing;\n} dashes;\n",
  uniformTypes: { phase: "f32", spacing: "f32" },
};

export function defineMovement(CityRoads, RibbonMesh) {
  class DashesMesh extends RibbonMesh {
    shaders() {
      const { vs, modules } = super.shaders();
      return { vs, fs: DASHES_FS, modules: [...modules, DASHES_MODULE] };
    }
    drawModels(models) {
      const { clock } = this.props;
      // Doubling steps: dashes neither crowd nor swim while the map is zoomed.
      const spacing = 2 ** Math.ceil(Math.log2(SPACING * this.context.viewport.metersPerPixel));
      models[0].shaderInputs.setProps({ dashes: { spacing, phase: clock ? (clock.seconds / PERIOD) % 1 : 0 } });
      super.drawModels(models);
    }
  }
  DashesMesh.layerName = "DashesMesh";
  DashesMesh.defaultProps = { clock: { type: "object", value: null, compare: 0 } };

  class CityMovement extends CityRoads {
    renderChunk(chunk, own, common) {
      const { clock, detail } = this.props;
      // Each direction has half of the width: people are seen when the whole city is in view, too.
      const widthMinPixels = detail === "far" ? 5 : 8;
      return new DashesMesh(own, this.lines(common), { clock, widthMinPixels, drawsNone: false });
    }
  }
  CityMovement.layerName = "CityMovement";
  CityMovement.defaultProps = { clock: { type: "object", value: null, compare: 0 } };
  return CityMovement;
}
