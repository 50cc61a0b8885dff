/** One byte per element, looked up in the shader: textures of bytes and of colours, and the extensions that read them. */
import { PATTERN_GLSL } from "./patterns.js";
import { stats } from "./statistics.js";

export const TEXTURE_WIDTH = 2048;
const ALL_LEFT = 1e6; // px
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

/** The colour table of a scale: 256 × 2 texels, see layers.scales.Scale.table. */
export function tableTexture(device, base64) {
  const data = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return device.createTexture({ format: "rgba8unorm", width: 256, height: 2, data, mipLevels: 1, sampler: NEAREST });
}

/** Name of the bytes that hold at a step. */
export function nameAt(values, step) {
  const { names } = values;
  return names.length ? names[Math.min(step, names.length - 1)] : null;
}

/** Keeps a pair of textures of a layer's state at what these values and colours say. */
function follow(layer, { values, colours }, [bytesName, tableName, keptName], count, width) {
  const { step, store, fill } = layer.props;
  const { device } = layer.context;
  const kept = (layer.state[keptName] ??= {});
  if (kept.table !== colours.table) {
    layer.state[tableName]?.destroy();
    kept.table = colours.table;
    layer.setState({ [tableName]: tableTexture(device, colours.table) });
  }
  const name = nameAt(values, step) ?? `fill ${count}`;
  if (kept.wanted === name) return;
  kept.wanted = name;
  const show = (bytes) => {
    // The layer may have moved on, or left the map, while the bytes were under way.
    if (layer.state?.[keptName]?.wanted !== name) return;
    const old = layer.state[bytesName];
    const first = bytesName === "byteTexture" ? { bytes, wanted: name } : {};
    layer.setState({ ...first, [bytesName]: byteTexture(device, bytes, width) });
    old?.destroy();
    layer.setNeedsRedraw();
  };
  if (!values.names.length) return show(new Uint8Array(Math.max(1, count)).fill(fill ?? 0));
  const here = store.peek(name);
  if (here) return show(here);
  store.bytes(name).then(show, (error) => console.error("city map values", error));
}

const FIRST = ["byteTexture", "tableTexture", "first"];
const SECOND = ["otherBytes", "otherTable", "second"];

/**
 * Keeps `layer.state.byteTexture` and `layer.state.tableTexture` in step with the layer's props, and `otherBytes` and
 * `otherTable` with those of a second answer. Called from updateState. The old picture stays until the new bytes are here.
 * @param {object} layer a layer with props values, colours, step, store, and perhaps other: {values, colours}
 * @param {number} count elements, for layers without values
 * @param {number} width texels in a row of the texture
 */
export function followValues(layer, count, width = TEXTURE_WIDTH) {
  const { other } = layer.props;
  follow(layer, layer.props, FIRST, count, width);
  if (other) follow(layer, other, SECOND, count, width);
  else if (layer.state.second) {
    drop(layer, SECOND);
    layer.setState({ otherBytes: null, otherTable: null, second: null });
  }
}

const drop = (layer, [bytesName, tableName]) => {
  layer.state[bytesName]?.destroy();
  layer.state[tableName]?.destroy();
};

/** Gives the textures back. Called from finalizeState. */
export function dropValues(layer) {
  drop(layer, FIRST);
  drop(layer, SECOND);
  layer.state.first = layer.state.second = null;
}

/**
 * Extensions for deck.gl's own layers. Props read: `byteTexture`, `tableTexture`, for the second answer `otherBytes`,
 * `otherTable`, and `divider`, whose `left` is the pixel left of which the first is shown; attribute: `elementIndex`.
 * The layer's own colour must be 204 grey: after lighting, colour / 0.8 is the light alone.
 */
export function defineExtensions(D) {
  const module = {
    name: "elementValues",
    vs: `
layout(std140) uniform elementValuesUniforms {
  float lift;
  float divider;
} elementValues;
uniform sampler2D valueBytes;
uniform sampler2D valueTable;
uniform sampler2D valueOtherBytes;
uniform sampler2D valueOtherTable;
ivec2 value_place(float element) {
  int i = int(element + 0.5);
  return ivec2(i % ${TEXTURE_WIDTH}, i / ${TEXTURE_WIDTH});
}
int value_code(float element) {
  return int(texelFetch(valueBytes, value_place(element), 0).r * 255.0 + 0.5);
}
int value_other_code(float element) {
  return int(texelFetch(valueOtherBytes, value_place(element), 0).r * 255.0 + 0.5);
}
// Whether a place lies on the side of the first answer.
bool value_is_left(vec4 clip) {
  return (clip.x / clip.w + 1.0) * 0.5 * project.viewportSize.x < elementValues.divider * project.devicePixelRatio;
}
`,
    fs: `
layout(std140) uniform elementValuesUniforms {
  float lift;
  float divider;
} elementValues;
${PATTERN_GLSL}`,
    uniformTypes: { lift: "f32", divider: "f32" },
  };
  // Both answers go to the fragment, which alone knows on which side of the divider it lies: colour, then pattern.
  const colourVertex = `
    int code = value_code(elementIndex);
    int otherCode = value_other_code(elementIndex);
    valueLook = vec4(texelFetch(valueTable, ivec2(code, 0), 0).rgb, texelFetch(valueTable, ivec2(code, 1), 0).r * 255.0);
    otherLook = vec4(texelFetch(valueOtherTable, ivec2(otherCode, 0), 0).rgb, texelFetch(valueOtherTable, ivec2(otherCode, 1), 0).r * 255.0);
    valueCodes = vec2(code, otherCode);
    valuePixelRatio = project.devicePixelRatio;`;
  const colourFragment = `
    vec4 look = value_on_left() ? valueLook : otherLook;
    color.rgb = patterned(color.rgb / 0.8 * look.rgb, look.a, gl_FragCoord.xy / valuePixelRatio);`;
  const declare = (way) =>
    ["vec4 valueLook", "vec4 otherLook", "vec2 valueCodes", "float valuePixelRatio"].map((name) => `flat ${way} ${name};\n`).join("");
  const declareVertex = `in float elementIndex;\n${declare("out")}`;
  const declareFragment = `${declare("in")}
bool value_on_left() { return gl_FragCoord.x / valuePixelRatio < elementValues.divider; }
// Whether nothing is to be drawn: code 0 says "none", 254 "not applicable".
bool value_nothing() {
  float code = value_on_left() ? valueCodes.x : valueCodes.y;
  return code < 0.5 || (code > 253.5 && code < 254.5);
}
`;

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
      const { byteTexture, tableTexture, otherBytes, otherTable, lift, divider } = this.props;
      const both = otherBytes && otherTable;
      this.setShaderModuleProps({
        elementValues: {
          lift,
          divider: both && divider ? divider.left : ALL_LEFT,
          valueBytes: byteTexture,
          valueTable: tableTexture,
          valueOtherBytes: both ? otherBytes : byteTexture,
          valueOtherTable: both ? otherTable : tableTexture,
        },
      });
    }
  }
  const prop = { type: "object", value: null, compare: 0 };
  ValueColours.extensionName = "ValueColours";
  ValueColours.defaultProps = { byteTexture: prop, tableTexture: prop, otherBytes: prop, otherTable: prop, divider: prop, lift: 0 };

  /** For lines: width by class too, edges darker, and depth as if `lift` metres above, so that terrain never swallows them. */
  class ValueLines extends ValueColours {
    getShaders() {
      const { modules, inject } = super.getShaders();
      return {
        modules,
        inject: {
          ...inject,
          "vs:DECKGL_FILTER_SIZE": `
            bool left = value_is_left(project_position_to_clipspace(geometry.worldPosition, vec3(0.0), vec3(0.0)));
            size *= 255.0 / 64.0 * (left
              ? texelFetch(valueTable, ivec2(value_code(elementIndex), 1), 0).g
              : texelFetch(valueOtherTable, ivec2(value_other_code(elementIndex), 1), 0).g);`,
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

  /** For layers that are drawn once per answer: each only on its `side` of the divider. */
  class OneSide extends D.LayerExtension {
    getShaders() {
      return {
        modules: [
          {
            name: "oneSide",
            fs: "layout(std140) uniform oneSideUniforms {\n  float divider;\n  float right;\n} oneSide;\n",
            uniformTypes: { divider: "f32", right: "f32" },
          },
        ],
        inject: { "fs:DECKGL_FILTER_COLOR": "if ((gl_FragCoord.x < oneSide.divider) == (oneSide.right > 0.5)) discard;" },
      };
    }
    draw() {
      const { divider, side } = this.props;
      const ratio = this.context.device.canvasContext.cssToDeviceRatio();
      this.setShaderModuleProps({ oneSide: { divider: (divider?.left ?? ALL_LEFT) * ratio, right: side === "right" ? 1 : 0 } });
    }
  }
  OneSide.extensionName = "OneSide";
  OneSide.defaultProps = { divider: prop, side: "left" };
  return { colours: new ValueColours(), lines: new ValueLines(), oneSide: new OneSide(), ValueLines };
}
