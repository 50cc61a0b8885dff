/** Our layers for deck.gl, by the names that pydeck's JSON gives them. */
import { defineBuildings } from "./buildings.js";
import { defineChunked } from "./chunks.js";
import { defineFills } from "./fills.js";
import { defineGround } from "./ground.js";
import { defineMovement } from "./movement.js";
import { definePoints } from "./points.js";
import { defineRoads } from "./roads.js";
import { defineExtensions } from "./values.js";

export function defineClasses(D, luma) {
  const extensions = defineExtensions(D);
  const Chunked = defineChunked(D);
  const CityRoads = defineRoads(D, Chunked, extensions);
  const CityMovement = defineMovement(D, CityRoads, extensions.ValueLines);
  return {
    Chunked,
    CityMovement,
    oneSide: extensions.oneSide,
    layers: {
      ...defineGround(D, luma),
      CityBuildings: defineBuildings(D, Chunked, extensions),
      CityRoads,
      CityMovement,
      CityPoints: definePoints(D),
      CityFill: defineFills(D),
      MapView: D.MapView,
    },
  };
}
