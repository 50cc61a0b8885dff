/** How drawn measures look: a symbol and a word for each, a manner of line; never colour alone. */
import { element } from "./elements.js";
import { drawIcon } from "./icons.js";

/** Protects, endangers, orders: three manners, dark enough for white symbols (contrast above 5). */
const GUARD = [0, 92, 122];
const HARM = [164, 38, 44];
const ORDER = [112, 72, 0];
const PLAIN = [60, 70, 84];

const MANNERS = {
  flood_barrier: GUARD, raised_road: GUARD, gate_closed: GUARD, pump: GUARD, storage: GUARD, culvert: GUARD, shelter_opened: GUARD,
  road_opened: GUARD,
  levee_breach: HARM, road_closure: HARM, shelter_closed: HARM, power_outage: HARM,
  evacuation_order: ORDER,
};
const NAMES = { [GUARD]: "guard", [HARM]: "harm", [ORDER]: "order", [PLAIN]: "plain" };

export const mannerOf = (kind) => NAMES[MANNERS[kind] ?? PLAIN];

/** The symbol of a kind, drawn as the map's icons are. */
export function symbol(kind) {
  const crossed = kind === "shelter_closed" || kind === "road_closure";
  const picture = drawIcon(kind.startsWith("shelter") ? "shelter" : kind, MANNERS[kind] ?? PLAIN, { shape: "rounded", crossed, question: false });
  picture.className = "city-map-symbol";
  picture.setAttribute("aria-hidden", "true");
  return picture;
}

/** A symbol with a word beside it, for a place on the map. */
export function mark({ kind, label }, onclick, extra = "") {
  return element(
    "button", { type: "button", className: `city-map-mark ${mannerOf(kind)} ${extra}`, "aria-label": label, title: label, onclick },
    symbol(kind),
    element("span", {}, label),
  );
}
