/** Our layers for deck.gl, by the names that pydeck's JSON gives them. */
import { defineBuildings } from "./buildings.js";
import { defineChunked } from "./chunks.js";
import { defineFills } from "./fills.js";
import { defineGround } from "./ground.js";
import { defineMesh } from "./mesh.js";
import { defineMovement } from "./movement.js";
import { definePoints } from "./points.js";
import { defineRibbons } from "./ribbons.js";
import { defineRoads } from "./roads.js";
import { defineOneSide } from "./values.js";

export function defineClasses(D, luma) {
  const Chunked = defineChunked(D);
  const ElementMesh = defineMesh(D, luma);
  const RibbonMesh = defineRibbons(D, ElementMesh);
  const CityRoads = defineRoads(D, Chunked, RibbonMesh);
  const CityMovement = defineMovement(CityRoads, RibbonMesh);
  return {
    Chunked,
    CityMovement,
    oneSide: defineOneSide(D),
    layers: {
      ...defineGround(D, luma),
      CityBuildings: defineBuildings(D, Chunked, ElementMesh),
      CityRoads,
      CityMovement,
      CityPoints: definePoints(D),
      CityFill: defineFills(D),
      MapView: D.MapView,
    },
  };
}
