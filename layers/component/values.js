/** One byte per element, looked up in the shader: textures of bytes and of colours, and the extensions that read them. */
import { PATTERN_GLSL } from "./patterns.js";
import { stats } from "./statistics.js";

export const TEXTURE_WIDTH = 2048;
const NEAREST = { minFilter: "nearest", magFilter: "nearest", addressModeU: "clamp-to-edge", addressModeV: "clamp-to-edge" };

/** A texture of bytes, `width` to a row. */
export function byteTexture(device, bytes, width = TEXTURE_WIDTH) {
  const height = Math.max(1, Math.ceil(bytes.length / width));
  let data = bytes;
  if (bytes.length !== width * height) {
    data = new Uint8Array(width * height);
    data.set(bytes);
  }
  stats.arrayBytes.values = Math.max(stats.arrayBytes.values, data.length);
  return device.createTexture({ format: "r8unorm", width, height, data, mipLevels: 1, sampler: NEAREST });
}

/** The colour table of a scale: 256 × 3 texels, see layers.scales.Scale.table. */
export function tableTexture(device, base64) {
  const data = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return device.createTexture({ format: "rgba8unorm", width: 256, height: 3, data, mipLevels: 1, sampler: NEAREST });
}

/** Name of the bytes that hold at a step. */
export function nameAt(values, step) {
  const { names } = values;
  return names.length ? names[Math.min(step, names.length - 1)] : null;
}

/**
 * Keeps `layer.state.byteTexture` and `layer.state.tableTexture` in step with the layer's props. Called from updateState.
 * The old picture stays until the new bytes are here.
 * @param {object} layer a layer with props values, colours, step, store
 * @param {number} count elements, for layers without values
 * @param {number} width texels in a row of the texture
 */
export function followValues(layer, count, width = TEXTURE_WIDTH) {
  const { values, colours, step, store, fill } = layer.props;
  const { device } = layer.context;
  if (layer.state.tableText !== colours.table) {
    layer.state.tableTexture?.destroy();
    layer.setState({ tableText: colours.table, tableTexture: tableTexture(device, colours.table) });
  }
  const name = nameAt(values, step) ?? `fill ${count}`;
  if (layer.state.wanted === name) return;
  layer.state.wanted = name;
  const show = (bytes) => {
    // The layer may have moved on, or left the map, while the bytes were under way.
    if (layer.state?.wanted !== name) return;
    const old = layer.state.byteTexture;
    layer.setState({ bytes, byteTexture: byteTexture(device, bytes, width) });
    old?.destroy();
    layer.setNeedsRedraw();
  };
  if (!values.names.length) return show(new Uint8Array(Math.max(1, count)).fill(fill ?? 0));
  const here = store.peek(name);
  if (here) return show(here);
  store.bytes(name).then(show, (error) => console.error("city map values", error));
}

/** Gives the textures back. Called from finalizeState. */
export function dropValues(layer) {
  layer.state.byteTexture?.destroy();
  layer.state.tableTexture?.destroy();
}

/**
 * Extensions for deck.gl's own layers. Props read: `byteTexture`, `tableTexture`; attribute: `elementIndex`.
 * The layer's own colour must be 204 grey: after lighting, colour / 0.8 is the light alone.
 */
export function defineExtensions(D) {
  const module = {
    name: "elementValues",
    vs: `
layout(std140) uniform elementValuesUniforms { float lift; } elementValues;
uniform sampler2D valueBytes;
uniform sampler2D valueTable;
int value_code(float element) {
  int i = int(element + 0.5);
  return int(texelFetch(valueBytes, ivec2(i % ${TEXTURE_WIDTH}, i / ${TEXTURE_WIDTH}), 0).r * 255.0 + 0.5);
}
`,
    fs: PATTERN_GLSL,
    uniformTypes: { lift: "f32" },
  };
  const colourVertex = `
    int code = value_code(elementIndex);
    color = vec4(color.rgb / 0.8 * texelFetch(valueTable, ivec2(code, 0), 0).rgb, color.a);
    valuePattern = texelFetch(valueTable, ivec2(code, 1), 0).r * 255.0;
    valuePixelRatio = project.devicePixelRatio;`;
  const colourFragment = "color.rgb = patterned(color.rgb, valuePattern, gl_FragCoord.xy / valuePixelRatio);";
  const declareVertex = "in float elementIndex;\nflat out float valuePattern;\nflat out float valuePixelRatio;\n";
  const declareFragment = "flat in float valuePattern;\nflat in float valuePixelRatio;\n";

  class ValueColours extends D.LayerExtension {
    getShaders() {
      return {
        modules: [module],
        inject: {
          "vs:#decl": declareVertex,
          "fs:#decl": declareFragment,
          "vs:DECKGL_FILTER_COLOR": colourVertex,
          "fs:DECKGL_FILTER_COLOR": colourFragment,
        },
      };
    }
    initializeState() {
      this.getAttributeManager()?.add({
        elementIndex: { size: 1, stepMode: "dynamic", accessor: "getElementIndex", defaultValue: 0 },
      });
    }
    draw() {
      const { byteTexture: valueBytes, tableTexture: valueTable, lift } = this.props;
      this.setShaderModuleProps({ elementValues: { lift, valueBytes, valueTable } });
    }
  }
  ValueColours.extensionName = "ValueColours";
  ValueColours.defaultProps = {
    byteTexture: { type: "object", value: null, compare: 0 },
    tableTexture: { type: "object", value: null, compare: 0 },
    lift: 0,
  };

  /** For lines: width by class too, edges darker, and depth as if `lift` metres above, so that terrain never swallows them. */
  class ValueLines extends ValueColours {
    getShaders() {
      const { modules, inject } = super.getShaders();
      return {
        modules,
        inject: {
          ...inject,
          "vs:DECKGL_FILTER_SIZE":
            "size *= texelFetch(valueTable, ivec2(value_code(elementIndex), 1), 0).g * 255.0 / 64.0;",
          "vs:DECKGL_FILTER_GL_POSITION": `
            vec4 lifted = project_common_position_to_clipspace(
              geometry.position + vec4(0.0, 0.0, project_size(elementValues.lift), 0.0));
            position.z = lifted.z / lifted.w * position.w;`,
          "fs:DECKGL_FILTER_COLOR": `${colourFragment}
            color.rgb *= mix(1.0, 0.68, smoothstep(0.62, 0.78, abs(geometry.uv.x)));`,
        },
      };
    }
  }
  ValueLines.extensionName = "ValueLines";
  ValueLines.defaultProps = ValueColours.defaultProps;
  return { colours: new ValueColours(), lines: new ValueLines() };
}
