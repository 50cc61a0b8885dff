/**
 * A chunk of elements as one mesh. Every vertex stands on its own: instances, which deck.gl's own layers of polygons and
 * paths are made of, cost a draw call each on a computer without a graphics card.
 */
import { VALUE_MODULE, valueInputs } from "./values.js";

/** Numbers of vertices, as small as their count allows. */
export function indexArray(length, vertices) {
  return vertices <= 65536 ? new Uint16Array(length) : new Uint32Array(length);
}

export function defineMesh(D, luma) {
  /**
   * Subclasses say with which `shaders` they draw and, if more than all triangles of `props.mesh` once, what `drawModels` does.
   * `props.mesh` is {attributes: {name: {size, value, normalized}}, indices}.
   */
  class ElementMesh extends D.Layer {
    initializeState() {
      this.getAttributeManager()?.remove(["instancePickingColors"]);
      const { attributes, indices } = this.props.mesh;
      this.setState({ models: [this.makeModel("triangle-list", attributes, indices)] });
    }
    getShaders() {
      const { vs, fs, modules = [] } = this.shaders();
      return super.getShaders({ vs, fs, modules: [D.project32, D.picking, VALUE_MODULE, ...modules] });
    }
    makeModel(topology, attributes, indices) {
      return new luma.Model(this.context.device, {
        ...this.getShaders(),
        id: `${this.props.id}-${topology}`,
        bufferLayout: this.getAttributeManager().getBufferLayouts(),
        geometry: new luma.Geometry({ topology, attributes, indices: { size: 1, value: indices } }),
      });
    }
    getBounds() {
      return null;
    }
    finalizeState(context) {
      this.state.models.forEach((model) => model.destroy());
      super.finalizeState(context);
    }
    draw() {
      if (!this.props.byteTexture) return;
      const elementValues = valueInputs(this);
      this.state.models.forEach((model) => model.shaderInputs.setProps({ elementValues }));
      this.drawModels(this.state.models);
    }
    drawModels([model]) {
      model.draw(this.context.renderPass);
    }
  }
  const prop = { type: "object", value: null, compare: 0 };
  ElementMesh.layerName = "ElementMesh";
  ElementMesh.defaultProps = { mesh: prop, byteTexture: prop, tableTexture: prop, otherBytes: prop, otherTable: prop, divider: prop };
  return ElementMesh;
}
