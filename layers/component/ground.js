/** The ground and the water on it: one mesh of the terrain, dressed with the base map or with depth. */
import { reliefMatrix } from "./message.js";
import { PATTERN_GLSL } from "./patterns.js";
import { seenBox } from "./sight.js";
import { stats } from "./statistics.js";
import { dropValues, followValues, nameAt } from "./values.js";

const GROUND_VS = `#version 300 es
#define SHADER_NAME city-ground-vertex
in vec3 positions;
in vec2 texCoords;
out vec2 groundUv;
void main(void) {
  geometry.worldPosition = positions;
  geometry.uv = texCoords;
  groundUv = texCoords;
  gl_Position = project_position_to_clipspace(positions, vec3(0.0), vec3(0.0), geometry.position);
  DECKGL_FILTER_GL_POSITION(gl_Position, geometry);
}`;

const GROUND_FS = `#version 300 es
#define SHADER_NAME city-ground-fragment
precision highp float;
in vec2 groundUv;
out vec4 fragColor;
void main(void) {
  geometry.uv = groundUv;
  fragColor = vec4(texture(groundImage, groundUv).rgb, 1.0);
  DECKGL_FILTER_COLOR(fragColor, geometry);
}`;

const WATER_VS = `#version 300 es
#define SHADER_NAME city-water-vertex
in vec3 positions;
in vec2 texCoords;
out vec2 waterUv;
out float waterOffset;
flat out float waterPixelRatio;
void main(void) {
  waterUv = texCoords;
  waterPixelRatio = project.devicePixelRatio;
  waterOffset = 0.0;
  int wide = int(cityWater.mesh.x);
  if (wide > 0) {
    vec2 bytes = texelFetch(waterSurface, ivec2(gl_VertexID % wide, gl_VertexID / wide), 0).rg * 255.0;
    waterOffset = (floor(bytes.r + 0.5) + floor(bytes.g + 0.5) * 256.0 - 32768.0) / 100.0;
  }
  geometry.worldPosition = positions;
  geometry.uv = texCoords;
  gl_Position = project_position_to_clipspace(positions + vec3(0.0, 0.0, waterOffset), vec3(0.0), vec3(0.0), geometry.position);
  // Win against the ground where the water is only centimetres deep.
  vec4 lifted = project_common_position_to_clipspace(geometry.position + vec4(0.0, 0.0, project_size(0.6), 0.0));
  gl_Position.z = lifted.z / lifted.w * gl_Position.w;
  DECKGL_FILTER_GL_POSITION(gl_Position, geometry);
}`;

const WATER_FS = `#version 300 es
#define SHADER_NAME city-water-fragment
precision highp float;
in vec2 waterUv;
in float waterOffset;
flat in float waterPixelRatio;
out vec4 fragColor;
void main(void) {
  geometry.uv = waterUv;
  ivec2 cell = water_cell(waterUv);
  int code = water_code(cell);
  // Between a wet cell and a dry one the shore lies where the surface meets the ground, not at the cell's edge.
  if (cityWater.shore > 0.5 && waterOffset > 0.01 && texelFetch(waterTable, ivec2(code, 0), 0).a < 0.004) code = water_beside(cell);
  vec4 tint = texelFetch(waterTable, ivec2(code, 0), 0);
  if (tint.a < 0.004) discard;
  vec4 look = texelFetch(waterTable, ivec2(code, 1), 0);
  float kind = look.r * 255.0;
  vec2 pixel = gl_FragCoord.xy / waterPixelRatio;
  if (look.b > 0.5 && pattern_mask(kind, pixel) < 0.5) discard;
  fragColor = vec4(look.b > 0.5 ? tint.rgb : patterned(tint.rgb, kind, pixel), tint.a);
  DECKGL_FILTER_COLOR(fragColor, geometry);
}`;

const WATER_LOOKUP = `
layout(std140) uniform cityWaterUniforms {
  vec2 cells;
  vec2 size;
  vec2 mesh;
  float shore;
} cityWater;
uniform sampler2D waterBytes;
uniform sampler2D waterTable;
uniform sampler2D waterSurface;
ivec2 water_cell(vec2 uv) {
  return ivec2(min(floor(uv * cityWater.cells), cityWater.size - 1.0));
}
int water_code(ivec2 cell) {
  return int(texelFetch(waterBytes, clamp(cell, ivec2(0), ivec2(cityWater.size) - 1), 0).r * 255.0 + 0.5);
}
/* The code of a cell beside a clear one that tells of water: never "unknown", which ends at its cell. */
int water_beside(ivec2 cell) {
  int found = 254;
  for (int k = 0; k < 9; k++) {
    int code = water_code(cell + ivec2(k % 3 - 1, k / 3 - 1));
    if (code < 254 && texelFetch(waterTable, ivec2(code, 0), 0).a > 0.004) found = code;
  }
  return found;
}
`;

/** Shade at a pixel of a larger picture, between the four cells around it. */
function smoothShade(shade, [high, wide], rows, columns) {
  if (high === rows && wide === columns) return (row, column) => shade[row * wide + column];
  const place = (count, size) =>
    Float32Array.from({ length: count }, (_, i) => Math.min(Math.max(((i + 0.5) * size) / count - 0.5, 0), size - 1));
  const [ys, xs] = [place(rows, high), place(columns, wide)];
  return (row, column) => {
    const [y, x] = [ys[row], xs[column]];
    const [top, left] = [y | 0, x | 0];
    const [down, right] = [y - top, x - left];
    const upper = top * wide;
    const lower = Math.min(top + 1, high - 1) * wide;
    const beside = Math.min(left + 1, wide - 1);
    return (
      (shade[upper + left] * (1 - right) + shade[upper + beside] * right) * (1 - down) +
      (shade[lower + left] * (1 - right) + shade[lower + beside] * right) * down
    );
  };
}

/** Colours the class raster and shades it; both are small bytes, the picture is made here once per theme. */
function paintGround({ classes, classShape, shade, shadeShape }, palette) {
  const colours = Uint8Array.from(atob(palette), (character) => character.charCodeAt(0));
  const [rows, columns] = classShape[0] * classShape[1] >= shadeShape[0] * shadeShape[1] ? classShape : shadeShape;
  const image = new Uint8Array(rows * columns * 4);
  const columnOf = (shape) => Uint32Array.from({ length: columns }, (_, column) => Math.floor((column * shape[1]) / columns));
  const classColumn = columnOf(classShape);
  const light = smoothShade(shade, shadeShape, rows, columns);
  for (let row = 0, k = 0; row < rows; row++) {
    const classRow = Math.floor((row * classShape[0]) / rows) * classShape[1];
    for (let column = 0; column < columns; column++, k += 4) {
      const entry = classes[classRow + classColumn[column]] * 3;
      const lit = light(row, column) / 200;
      image[k] = Math.min(255, colours[entry] * lit);
      image[k + 1] = Math.min(255, colours[entry + 1] * lit);
      image[k + 2] = Math.min(255, colours[entry + 2] * lit);
      image[k + 3] = 255;
    }
  }
  return { image, rows, columns };
}

/** Smaller and smaller copies of a picture, each pixel the mean of four. */
function* halvings(image, columns, rows) {
  while (columns > 1 || rows > 1) {
    const [wide, high] = [Math.max(1, columns >> 1), Math.max(1, rows >> 1)];
    const half = new Uint8Array(wide * high * 4);
    for (let row = 0; row < high; row++) {
      const upper = Math.min(2 * row, rows - 1) * columns;
      const lower = Math.min(2 * row + 1, rows - 1) * columns;
      for (let column = 0; column < wide; column++) {
        const left = Math.min(2 * column, columns - 1);
        const right = Math.min(2 * column + 1, columns - 1);
        for (let k = 0; k < 4; k++) {
          half[4 * (row * wide + column) + k] =
            (image[4 * (upper + left) + k] + image[4 * (upper + right) + k] + image[4 * (lower + left) + k] +
              image[4 * (lower + right) + k] + 2) >> 2;
        }
      }
    }
    yield { image: half, columns: wide, rows: high };
    [image, columns, rows] = [half, wide, high];
  }
}

/** What ground and water share: the terrain is fetched, then a model is made of it. */
function defineSurface(D, luma) {
  class Surface extends D.Layer {
    initializeState() {
      this.getAttributeManager()?.remove(["instancePickingColors"]);
      this.setState({ terrainName: null, terrain: null, model: null });
    }
    updateState({ props }) {
      if (!props.store || !props.visible || props.terrain.name === this.state.terrainName) return;
      const { name } = props.terrain;
      this.state.terrainName = name;
      props.store.terrain(name).then(
        (terrain) => {
          if (this.state?.terrainName !== name) return;
          this.state.model?.destroy();
          this.setState({ terrain, model: this.makeModel(terrain), part: null });
          this.terrainReady(terrain);
          this.setNeedsRedraw();
        },
        (error) => console.error("city map terrain", error),
      );
    }
    terrainReady() {}
    makeModel(terrain) {
      return new luma.Model(this.context.device, {
        ...this.getShaders(),
        id: this.props.id,
        bufferLayout: this.getAttributeManager().getBufferLayouts(),
        geometry: new luma.Geometry({
          topology: "triangle-list",
          attributes: {
            positions: { size: 3, value: terrain.positions },
            texCoords: { size: 2, value: terrain.uvs },
          },
          indices: { size: 1, value: new Uint32Array(3) },
        }),
      });
    }
    /** Draws what lies in the window, as finely as it can be seen. */
    drawMesh() {
      const { model, terrain, indices } = this.state;
      const { viewport, device, renderPass } = this.context;
      const { datum, exaggeration } = this.props.relief;
      const part = terrain.within(seenBox(viewport, (terrain.range[0] - datum) * exaggeration), viewport.metersPerPixel);
      const sign = JSON.stringify(part);
      if (sign !== this.state.part) {
        const data = terrain.triangles(part);
        this.state.part = sign;
        this.state.indices = device.createBuffer({ usage: luma.Buffer.INDEX, indexType: "uint32", data });
        model.setIndexBuffer(this.state.indices);
        model.setVertexCount(data.length);
        indices?.destroy();
      }
      if (model.vertexCount > 0) model.draw(renderPass);
    }
    finalizeState(context) {
      this.state.terrainName = null;
      this.state.indices?.destroy();
      this.state.model?.destroy();
      super.finalizeState(context);
    }
    getBounds() {
      return null;
    }
  }
  Surface.layerName = "Surface";
  return Surface;
}

/** Where a mesh of the terrain lies: props for the layer that draws it. */
export function terrainPlacement(D, terrain, relief) {
  return {
    coordinateSystem: D.COORDINATE_SYSTEM.LNGLAT_OFFSETS,
    coordinateOrigin: [...terrain.origin, 0],
    modelMatrix: reliefMatrix(relief),
  };
}

export function defineGround(D, luma) {
  const Surface = defineSurface(D, luma);

  class GroundMesh extends Surface {
    getShaders() {
      const image = { name: "cityGround", fs: "uniform sampler2D groundImage;\n", uniformTypes: {} };
      return super.getShaders({ vs: GROUND_VS, fs: GROUND_FS, modules: [D.project32, D.picking, image] });
    }
    updateState(parameters) {
      super.updateState(parameters);
      if (this.state.terrain && this.state.painted !== this.props.theme) this.terrainReady(this.state.terrain);
    }
    terrainReady(terrain) {
      const { image, rows, columns } = paintGround(terrain, this.props.palette[this.props.theme]);
      const levels = [{ image, columns, rows }, ...halvings(image, columns, rows)];
      const texture = this.context.device.createTexture({
        format: "rgba8unorm",
        width: columns,
        height: rows,
        mipLevels: levels.length,
        sampler: {
          minFilter: "linear", magFilter: "linear", mipmapFilter: "linear", maxAnisotropy: 8,
          addressModeU: "clamp-to-edge", addressModeV: "clamp-to-edge",
        },
      });
      levels.forEach((level, mipLevel) =>
        texture.writeData(level.image, { width: level.columns, height: level.rows, mipLevel }),
      );
      stats.arrayBytes.ground += Math.round((image.length * 4) / 3);
      this.state.texture?.destroy();
      this.setState({ texture, painted: this.props.theme });
      this.setNeedsRedraw();
    }
    finalizeState(context) {
      this.state.texture?.destroy();
      super.finalizeState(context);
    }
    draw() {
      const { model, texture } = this.state;
      if (!model || !texture) return;
      model.shaderInputs.setProps({ cityGround: { groundImage: texture } });
      this.drawMesh();
    }
  }
  GroundMesh.layerName = "GroundMesh";

  class WaterMesh extends Surface {
    getShaders() {
      const lookup = {
        name: "cityWater",
        vs: WATER_LOOKUP,
        fs: `${WATER_LOOKUP}${PATTERN_GLSL}`,
        uniformTypes: { cells: "vec2<f32>", size: "vec2<f32>", mesh: "vec2<f32>", shore: "f32" },
      };
      return super.getShaders({ vs: WATER_VS, fs: WATER_FS, modules: [D.project32, D.picking, lookup] });
    }
    updateState(parameters) {
      super.updateState(parameters);
      const { store, visible, values } = this.props;
      if (!store || !visible) return;
      followValues(this, 0, values.shape[1]);
      this.followSurface();
    }
    /** Keeps the heights of the water in step with its colours; the old ones stay until the new ones are here. */
    followSurface() {
      const { values, step, store } = this.props;
      const name = values.surface?.length ? nameAt({ names: values.surface }, step) : null;
      if (this.state.wantedSurface === name) return;
      this.state.wantedSurface = name;
      const show = (bytes) => {
        if (this.state?.wantedSurface !== name) return;
        this.state.surfaceTexture?.destroy();
        this.setState({ surfaceTexture: null, surfaceBytes: bytes });
        this.setNeedsRedraw();
      };
      if (!name) return show(null);
      const here = store.peek(name);
      if (here) return show(here);
      store.bytes(name).then(show, (error) => console.error("city map water surface", error));
    }
    /** Two bytes for each point of the mesh; a single one of no meaning where the water lies on the ground. */
    surface() {
      const { terrain, surfaceBytes } = this.state;
      const [rows, columns] = surfaceBytes ? terrain.meshShape : [1, 1];
      this.state.surfaceTexture ??= this.context.device.createTexture({
        format: "rg8unorm", width: columns, height: rows, data: surfaceBytes ?? new Uint8Array([0, 128]), mipLevels: 1,
        sampler: { minFilter: "nearest", magFilter: "nearest" },
      });
      return { texture: this.state.surfaceTexture, mesh: surfaceBytes ? [columns, rows] : [0, 0] };
    }
    finalizeState(context) {
      dropValues(this);
      this.state.surfaceTexture?.destroy();
      super.finalizeState(context);
    }
    draw() {
      const { model, byteTexture, tableTexture } = this.state;
      if (!model || !byteTexture) return;
      const { cells, values } = this.props;
      const { texture, mesh } = this.surface();
      model.shaderInputs.setProps({
        cityWater: {
          cells: [cells.u, cells.v],
          size: [values.shape[1], values.shape[0]],
          mesh,
          // A cell finer than the mesh knows better than the surface between the mesh's points where it is dry.
          shore: mesh[0] === values.shape[1] && mesh[1] === values.shape[0] ? 1 : 0,
          waterBytes: byteTexture,
          waterTable: tableTexture,
          waterSurface: texture,
        },
      });
      this.drawMesh();
    }
  }
  WaterMesh.layerName = "WaterMesh";

  /** Waits for the terrain, whose origin the mesh layer needs from its first moment. */
  function placed(Mesh, name) {
    class Placed extends D.CompositeLayer {
      initializeState() {
        this.setState({ terrainName: null, terrain: null });
      }
      updateState({ props }) {
        if (!props.store || !props.visible || props.terrain.name === this.state.terrainName) return;
        const wanted = props.terrain.name;
        this.state.terrainName = wanted;
        props.store.terrain(wanted).then(
          (terrain) => this.state?.terrainName === wanted && this.setState({ terrain }),
          (error) => console.error("city map terrain", error),
        );
      }
      renderLayers() {
        const { terrain } = this.state;
        const { terrain: reference, relief, store, step, theme, palette, values, colours, cells, fill } = this.props;
        if (!terrain) return null;
        return new Mesh(this.getSubLayerProps({ id: "mesh" }), {
          ...terrainPlacement(D, terrain, relief),
          terrain: reference, relief, store, step, theme, palette, values, colours, cells, fill,
        });
      }
    }
    Placed.layerName = name;
    Placed.defaultProps = { step: 0, theme: "light" };
    return Placed;
  }
  return { CityGround: placed(GroundMesh, "CityGround"), CityFlood: placed(WaterMesh, "CityFlood") };
}
