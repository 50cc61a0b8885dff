/** One byte per element, looked up in the shader: textures of bytes and of colours, and the GLSL that reads them. */
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
 * What a shader needs to colour elements by their bytes; after it, `value_look(element)` in the vertex shader makes
 * `value_colour(light)` in the fragment shader the colour and the pattern of the element on its side of the divider.
 */
export const VALUE_MODULE = {
  name: "elementValues",
  vs: `
layout(std140) uniform elementValuesUniforms {
  float divider;
  float pixelRatio;
} elementValues;
uniform sampler2D valueBytes;
uniform sampler2D valueTable;
uniform sampler2D valueOtherBytes;
uniform sampler2D valueOtherTable;
flat out vec4 valueLook;
flat out vec4 otherLook;
flat out vec2 valueCodes;
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
// Whether neither answer has anything to draw: code 0 says "none", 254 "not applicable".
bool value_none(float element) {
  int code = value_code(element);
  int otherCode = value_other_code(element);
  return (code == 0 || code == 254) && (otherCode == 0 || otherCode == 254);
}
// Both answers go to the fragment, which alone knows on which side of the divider it lies: colour, then pattern.
void value_look(float element) {
  int code = value_code(element);
  int otherCode = value_other_code(element);
  valueLook = vec4(texelFetch(valueTable, ivec2(code, 0), 0).rgb, texelFetch(valueTable, ivec2(code, 1), 0).r * 255.0);
  otherLook = vec4(texelFetch(valueOtherTable, ivec2(otherCode, 0), 0).rgb, texelFetch(valueOtherTable, ivec2(otherCode, 1), 0).r * 255.0);
  valueCodes = vec2(code, otherCode);
}
// By how much a line of this element is wider, on the side where this place lies.
float value_width(float element, vec4 clip) {
  bool left = (clip.x / clip.w + 1.0) * 0.5 * project.viewportSize.x < elementValues.divider * elementValues.pixelRatio;
  return 255.0 / 64.0 * (left
    ? texelFetch(valueTable, ivec2(value_code(element), 1), 0).g
    : texelFetch(valueOtherTable, ivec2(value_other_code(element), 1), 0).g);
}
// The number by which deck.gl finds the element under a pixel.
vec3 value_picking(float element) {
  int i = int(element + 1.5);
  return vec3(i & 255, (i >> 8) & 255, (i >> 16) & 255);
}
`,
  fs: `
layout(std140) uniform elementValuesUniforms {
  float divider;
  float pixelRatio;
} elementValues;
flat in vec4 valueLook;
flat in vec4 otherLook;
flat in vec2 valueCodes;
${PATTERN_GLSL}
bool value_on_left() {
  return gl_FragCoord.x / elementValues.pixelRatio < elementValues.divider;
}
vec3 value_colour(float light) {
  vec4 look = value_on_left() ? valueLook : otherLook;
  return patterned(light * look.rgb, look.a, gl_FragCoord.xy / elementValues.pixelRatio);
}
bool value_nothing() {
  float code = value_on_left() ? valueCodes.x : valueCodes.y;
  return code < 0.5 || (code > 253.5 && code < 254.5);
}
`,
  uniformTypes: { divider: "f32", pixelRatio: "f32" },
};

/** What VALUE_MODULE is to know: from a layer's props byteTexture, tableTexture, otherBytes, otherTable and divider. */
export function valueInputs({ props, context }) {
  const { byteTexture, tableTexture, otherBytes, otherTable, divider } = props;
  const both = otherBytes && otherTable;
  return {
    divider: both && divider ? divider.left : ALL_LEFT,
    pixelRatio: context.device.canvasContext.cssToDeviceRatio(),
    valueBytes: byteTexture,
    valueTable: tableTexture,
    valueOtherBytes: both ? otherBytes : byteTexture,
    valueOtherTable: both ? otherTable : tableTexture,
  };
}

/** An extension for layers that are drawn once per answer: each only on its `side` of the divider. */
export function defineOneSide(D) {
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
  OneSide.defaultProps = { divider: { type: "object", value: null, compare: 0 }, side: "left" };
  return new OneSide();
}
