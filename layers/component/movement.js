/** People on the move: dashes that run along the roads while time is playing; width and colour by how many they are. */

/** Pixels from dash to dash at least, twice as many at most; and seconds of watching from one to the next. */
const SPACING = 34;
const PERIOD = 1.4;

export function defineMovement(D, CityRoads, ValueLines) {
  /** The lines' shader with dashes: nothing where nobody goes, side by side where people go both ways. */
  class MovingLines extends ValueLines {
    getShaders() {
      const { modules, inject } = super.getShaders();
      const dashes = {
        name: "movingDashes",
        fs: "layout(std140) uniform movingDashesUniforms {\n  float phase;\n  float spacing;\n} movingDashes;\n",
        uniformTypes: { phase: "f32", spacing: "f32" },
      };
      return {
        modules: [...modules, dashes],
        inject: {
          ...inject,
          "vs:#decl": `${inject["vs:#decl"]}in float alongStart;\nin float alongLength;\nout float vAlong;\n`,
          // Most roads carry nobody: they leave the picture here, before a processor without a graphics card fills their pixels.
          "vs:#main-start": `
            int code = value_code(elementIndex);
            int otherCode = value_other_code(elementIndex);
            if ((code == 0 || code == 254) && (otherCode == 0 || otherCode == 254)) {
              gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
              return;
            }`,
          "vs:#main-end": "vAlong = alongStart + (vPathLength > 0.0 ? vPathPosition.y / vPathLength : 0.0) * alongLength;",
          "fs:#decl": `${inject["fs:#decl"]}in float vAlong;\n`,
          "fs:DECKGL_FILTER_COLOR": `${inject["fs:DECKGL_FILTER_COLOR"]}
            // Each direction has the half of the road on its left; arrow heads: its middle runs ahead of its edges.
            if (value_nothing() || geometry.uv.x < 0.0) discard;
            float place = fract(vAlong / movingDashes.spacing + 0.22 * abs(2.0 * geometry.uv.x - 1.0) - movingDashes.phase);
            // White between the arrows: seen on roads, on water and on fields alike, and taken for neither.
            float arrow = smoothstep(0.42, 0.5, place) * (1.0 - smoothstep(0.94, 1.0, place));
            color = vec4(mix(vec3(1.0), color.rgb, arrow), color.a * mix(0.8, 1.0, arrow));`,
        },
      };
    }
    initializeState() {
      super.initializeState();
      this.getAttributeManager()?.add({
        alongStart: { size: 1, stepMode: "dynamic", accessor: "getAlongStart", defaultValue: 0 },
        alongLength: { size: 1, stepMode: "dynamic", accessor: "getAlongLength", defaultValue: 0 },
      });
    }
    draw(parameters, extension) {
      super.draw(parameters, extension);
      const { clock } = this.props;
      // Doubling steps: dashes neither crowd nor swim while the map is zoomed.
      const spacing = 2 ** Math.ceil(Math.log2(SPACING * this.context.viewport.metersPerPixel));
      this.setShaderModuleProps({ movingDashes: { spacing, phase: clock ? (clock.seconds / PERIOD) % 1 : 0 } });
    }
  }
  MovingLines.extensionName = "MovingLines";
  MovingLines.defaultProps = { ...ValueLines.defaultProps, clock: { type: "object", value: null, compare: 0 } };
  const moving = new MovingLines();

  class CityMovement extends CityRoads {
    /** Metres from the first vertex of the path to each, and from each to the next. */
    moreAttributes({ starts, positions, origin }) {
      const alongStart = new Float32Array(positions.length / 3);
      const alongLength = new Float32Array(positions.length / 3);
      const across = 111320 * Math.cos((origin[1] * Math.PI) / 180);
      for (let path = 0; path < starts.length - 1; path++) {
        let metres = 0;
        for (let i = starts[path]; i < starts[path + 1]; i++) {
          const last = i + 1 >= starts[path + 1];
          const [dx, dy] = last ? [0, 0] : [positions[3 * i + 3] - positions[3 * i], positions[3 * i + 4] - positions[3 * i + 1]];
          alongStart[i] = metres;
          alongLength[i] = Math.hypot(dx * across, dy * 111320);
          metres += alongLength[i];
        }
      }
      return { alongStart: { value: alongStart, size: 1 }, alongLength: { value: alongLength, size: 1 } };
    }
    renderChunk(chunk, own, common) {
      // Each direction has half of the width: people are seen when the whole city is in view, too.
      const widthMinPixels = this.props.detail === "far" ? 5 : 8;
      return super.renderChunk(chunk, own, common).clone({ extensions: [moving], clock: this.props.clock, widthMinPixels });
    }
  }
  CityMovement.layerName = "CityMovement";
  CityMovement.defaultProps = { clock: { type: "object", value: null, compare: 0 } };
  return CityMovement;
}
