/** Finds what lies under a pixel, and where things lie: elements, areas, the ground. */
import { Ground } from "./sight.js";

export const SECOND = "-second"; // ends the name of a layer that draws the second answer

export class Finder {
  /** @param {object} map the CityMap */
  constructor(map) {
    this.map = map;
  }

  layerNamed(name) {
    return this.map.deck?.layerManager?.getLayers().find(({ id }) => id === name);
  }

  /** Outline of an element, as lines of [longitude, latitude, drawn height]. */
  outline(name, index) {
    const layer = this.layerNamed(name);
    const ground = this.ground();
    if (!layer || !ground) return [];
    return (layer.outline?.(index) ?? []).map((line) => line.map(([x, y, height]) => [x, y, ground.raised(height)]));
  }

  /** The ground as drawn, null before there is any. */
  ground() {
    const layer = this.layerNamed("ground");
    if (!layer) return null;
    const terrain = layer.state?.terrain ?? null;
    if (this.drawnGround?.terrain !== terrain || this.drawnGround.relief !== layer.props.relief) {
      this.drawnGround = new Ground({ terrain, relief: layer.props.relief });
    }
    return this.drawnGround;
  }

  /** The element under a pixel, of one layer or of all. */
  elementAt(x, y, layer = null) {
    const found = this.map.deck.pickObject({ x, y, radius: layer ? 8 : 4, ...(layer ? { layerIds: [layer] } : {}) });
    return found?.index >= 0 ? { layer: found.layer.id.replace(SECOND, ""), index: found.index } : null;
  }

  /** The area that a place lies in, where areas are shown: they lie below everything else. */
  areaAt(longitude, latitude) {
    for (const { id, props } of [...this.map.layers].reverse()) {
      if (!props.inside || !this.map.visible.has(id)) continue;
      const index = this.layerNamed(id)?.enclosing(longitude, latitude) ?? null;
      if (index !== null) return { layer: id, index };
    }
    return null;
  }

  /** Longitude and latitude of the drawn ground under a pixel: the sight line is followed down to the terrain. */
  under(x, y) {
    const viewport = this.map.deck?.getViewports()[0];
    return (viewport && this.ground()?.under(viewport, x, y)) ?? null;
  }
}
