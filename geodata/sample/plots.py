"""Plots along the streets, and on each the rectangle where its building stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.sample.blocks import Blocks
from geodata.sample.noise import Floats
from geodata.sample.plan import Plan
from geodata.sample.streets import PAVEMENT, Streets
from geodata.sample.terrain import Terrain
from geodata.sample.zones import Zones
from geodata.tables.buildings import USES

# pattern: frontage, least depth of a plot, plots in one row, vacant share, gap to the plot's edge, building width from–to,
# building depth from–to, setback from the street (all m), share of L shapes, of U shapes, of courtyards
PATTERNS = pd.DataFrame(
    [
        ("townhouse", 8.2, 12.0, 99, 0.07, 0.45, 5.5, 8.0, 9.0, 15.0, 0.3, 0.30, 0.04, 0.00),
        ("house", 12.8, 10.5, 99, 0.10, 0.90, 8.5, 12.5, 7.6, 10.2, 1.6, 0.46, 0.06, 0.00),
        ("garden_house", 13.8, 11.0, 99, 0.07, 1.15, 9.2, 12.5, 8.0, 10.6, 2.4, 0.42, 0.05, 0.00),
        ("shop", 12.5, 12.0, 99, 0.10, 0.60, 8.0, 14.0, 11.0, 17.0, 0.4, 0.22, 0.00, 0.00),
        ("office", 24.0, 14.0, 99, 0.12, 1.20, 14.0, 22.0, 12.0, 19.0, 1.0, 0.22, 0.06, 0.10),
        ("slab", 46.0, 21.0, 99, 0.12, 3.50, 26.0, 52.0, 10.5, 13.0, 5.0, 0.18, 0.00, 0.00),
        ("roadside", 34.0, 22.0, 99, 0.18, 3.00, 16.0, 27.0, 13.0, 20.0, 7.0, 0.20, 0.00, 0.00),
        ("works", 62.0, 34.0, 99, 0.08, 5.00, 28.0, 62.0, 22.0, 46.0, 6.0, 0.30, 0.06, 0.00),
        ("farm", 27.0, 24.0, 99, 0.14, 2.00, 12.0, 16.5, 8.0, 10.5, 4.5, 0.55, 0.10, 0.00),
        ("shed", 27.0, 24.0, 99, 0.00, 0.80, 4.5, 8.5, 3.8, 6.0, 0.8, 0.00, 0.00, 0.00),
        ("school", 90.0, 99.0, 2, 0.00, 5.00, 58.0, 86.0, 34.0, 46.0, 6.0, 0.60, 0.40, 0.00),
        ("hospital", 200.0, 99.0, 1, 0.00, 6.00, 55.0, 80.0, 30.0, 44.0, 9.0, 0.30, 0.20, 0.50),
        ("city_hall", 90.0, 99.0, 2, 0.00, 5.00, 42.0, 60.0, 26.0, 36.0, 9.0, 0.30, 0.20, 0.50),
        ("open", 999.0, 99.0, 0, 1.00, 0.00, 1.0, 1.0, 1.0, 1.0, 0.0, 0.00, 0.00, 0.00),
    ],
    columns=[
        "name",
        "frontage",
        "depth",
        "columns",
        "vacant",
        "gap",
        "width_from",
        "width_to",
        "depth_from",
        "depth_to",
        "setback",
        "l_share",
        "u_share",
        "court_share",
    ],
)
PATTERN = {name: code for code, name in enumerate(PATTERNS["name"])}
USE = {name: code for code, name in enumerate(USES)}
RECTANGLE, ELL, YOU, COURT = 0, 1, 2, 3
MIX = {  # zone: patterns of its blocks and their shares
    "old": (("townhouse", 0.80), ("house", 0.14), ("open", 0.02), ("office", 0.04)),
    "station": (("shop", 0.50), ("office", 0.24), ("slab", 0.24), ("open", 0.02)),
    "residential": (("house", 0.86), ("slab", 0.07), ("open", 0.03), ("townhouse", 0.04)),
    "new": (("garden_house", 0.83), ("slab", 0.12), ("open", 0.05)),
    "industrial": (("works", 1.0),),
    "village": (("farm", 0.92), ("open", 0.08)),
    "school": (("school", 1.0),),
    "hospital": (("hospital", 1.0),),
    "city_hall": (("city_hall", 1.0),),
    "park": (("open", 1.0),),
}
SITE_REST = {"school": "house", "hospital": "slab", "city_hall": "office"}
USE_MIX: dict[str, tuple[tuple[str, float], ...]] = {
    "townhouse": (
        ("house", 0.80),
        ("mixed", 0.12),
        ("commercial", 0.045),
        ("religious", 0.01),
        ("care", 0.001),
        ("shed", 0.02),
    ),
    "house": (
        ("house", 0.945),
        ("mixed", 0.02),
        ("apartment", 0.018),
        ("commercial", 0.008),
        ("care", 0.0006),
        ("religious", 0.002),
        ("public", 0.003),
        ("utility", 0.001),
    ),
    "garden_house": (
        ("house", 0.965),
        ("mixed", 0.012),
        ("commercial", 0.01),
        ("care", 0.001),
        ("public", 0.005),
        ("utility", 0.001),
    ),
    "shop": (("mixed", 0.38), ("commercial", 0.40), ("office", 0.12), ("house", 0.06), ("apartment", 0.03), ("public", 0.01)),
    "office": (("office", 0.44), ("apartment", 0.24), ("commercial", 0.19), ("hotel", 0.05), ("public", 0.05), ("care", 0.03)),
    "slab": (("apartment", 0.95), ("care", 0.05)),
    "roadside": (("commercial", 0.84), ("office", 0.06), ("warehouse", 0.06), ("transport", 0.04)),
    "works": (("industrial", 0.60), ("warehouse", 0.32), ("office", 0.04), ("utility", 0.04)),
    "farm": (("house", 0.95), ("agricultural", 0.04), ("religious", 0.01)),
    "shed": (("shed", 0.62), ("agricultural", 0.38)),
    "school": (("school", 1.0),),
    "hospital": (("hospital", 1.0),),
    "city_hall": (("public", 1.0),),
    "open": (("other", 1.0),),
}
BLOCKS_AT_ONCE = 4096
RELIEF = 2.2  # no building where the ground differs by more under it: scarps stay green, m
SMALLEST = {"shed": 12.0}


@dataclass(frozen=True)
class Plots:
    """One entry per building, in the order of their ids (by lattice cell, west to east).

    Attributes
    ----------
    frame
        Columns: ``block``, ``cell``, ``pattern``, ``use``, ``shape`` (codes), ``number`` (of the plot in its block), ``x``,
        ``y`` (middle), ``ex``, ``ey`` (unit vector along the street), ``half_width``, ``half_depth``, ``cut_a``, ``cut_b``
        (shares that shape the footprint), ``main_road`` (faces one).
    built
        Flat lattice cells that are built.
    pattern_of_block
        Pattern code per block.
    """

    frame: pd.DataFrame
    built: NDArray[np.bool_]
    pattern_of_block: NDArray[np.int8]


def lay_out_plots(plan: Plan, zones: Zones, blocks: Blocks, streets: Streets, terrain: Terrain) -> Plots:
    """Plots of all laid-out blocks, then as many of the most urban cells as the wanted number of buildings needs."""
    zone = zones.zone.ravel()
    pattern = _patterns(plan, zone, blocks, streets)
    found = []
    for number, first in enumerate(range(0, len(blocks.cell), BLOCKS_AT_ONCE)):
        part = np.arange(first, min(first + BLOCKS_AT_ONCE, len(blocks.cell)))
        found.append(_plots_of(plan.random("plots", number), part, pattern[part], blocks, streets, terrain))
    frame = pd.concat(found, ignore_index=True)
    per_cell = np.bincount(frame["cell"], minlength=zone.size)
    order = zones.order
    order = order[per_cell[order] > 0]
    sites = np.isin(zone[order], ["school", "hospital", "city_hall"])
    order = np.concatenate([order[sites], order[~sites]])
    total = np.cumsum(per_cell[order])
    last = min(int(np.searchsorted(total, plan.buildings)), len(order) - 1)
    built = np.zeros(zone.size, dtype=bool)
    built[order[: last + 1]] = True
    keep = built[frame["cell"].to_numpy()]
    surplus = int(keep.sum()) - plan.buildings
    if surplus > 0:  # the last cell to be built is not full yet
        edge = np.flatnonzero(frame["cell"].to_numpy() == order[last])
        keep[edge[np.argsort(plan.random("edge").random(len(edge)), kind="stable")[:surplus]]] = False
    reach = total[last] if len(total) else 0
    open_cells = (zone == "park") & _near_built(built, zones.zone.shape)
    frame = frame[keep].sort_values(["cell", "block", "number"], kind="stable").reset_index(drop=True)
    if reach < plan.buildings * 0.98:
        raise AssertionError(f"laid out {reach} plots for {plan.buildings} buildings: raise MARGIN")
    return Plots(frame, built | open_cells, pattern)


def _near_built(built: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    near = np.pad(built.reshape(shape), 1)
    return np.asarray((near[:-2, 1:-1] | near[2:, 1:-1] | near[1:-1, :-2] | near[1:-1, 2:]).ravel())


def _patterns(plan: Plan, zone: NDArray[np.str_], blocks: Blocks, streets: Streets) -> NDArray[np.int8]:
    random = plan.random("patterns")
    draw, second = random.random(len(blocks.cell)), random.random(len(blocks.cell))
    of_zone = zone[blocks.cell]
    pattern = np.zeros(len(blocks.cell), dtype=np.int8)
    first_of_cell = np.r_[True, blocks.cell[1:] != blocks.cell[:-1]]
    for name, mix in MIX.items():
        here = of_zone == name
        pattern[here] = _choose(draw[here], [(PATTERN[kind], share) for kind, share in mix])
        if name in SITE_REST:
            pattern[here & ~first_of_cell] = PATTERN[SITE_REST[name]]
    main = streets.is_main(blocks.sides).any(axis=1)
    pattern[main & (of_zone == "residential") & (second < 0.40)] = PATTERN["roadside"]
    pattern[main & (of_zone == "new") & (second < 0.15)] = PATTERN["roadside"]
    pattern[main & (of_zone == "old") & (second < 0.35)] = PATTERN["shop"]
    return pattern


def _choose(draw: Floats, options: list[tuple[int, float]]) -> NDArray[np.int8]:
    codes, shares = zip(*options, strict=True)
    edges = np.cumsum(shares) / sum(shares)
    return np.array(codes, dtype=np.int8)[np.minimum(np.searchsorted(edges, draw, side="right"), len(codes) - 1)]


def inset(corners: Floats, distances: Floats) -> Floats:
    """Move each side of counter-clockwise quadrilaterals inwards; [n, 4, 2] and [n, 4] m. Too narrow ones turn inside out.

    Examples
    --------
    >>> square = np.array([[[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]])
    >>> inset(square, np.array([[1.0, 2.0, 1.0, 2.0]]))[0].tolist()
    [[2.0, 1.0], [8.0, 1.0], [8.0, 9.0], [2.0, 9.0]]
    """
    along = np.roll(corners, -1, axis=1) - corners
    along = along / np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-9)
    normal = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    offset = (normal * corners).sum(axis=2) + distances
    before, offset_before = np.roll(normal, 1, axis=1), np.roll(offset, 1, axis=1)
    cross = before[..., 0] * normal[..., 1] - before[..., 1] * normal[..., 0]
    cross = np.where(np.abs(cross) < 0.05, np.nan, cross)
    x = (offset_before * normal[..., 1] - offset * before[..., 1]) / cross
    y = (before[..., 0] * offset - normal[..., 0] * offset_before) / cross
    return np.stack([x, y], axis=-1)


def _signed_area(corners: Floats) -> Floats:
    after = np.roll(corners, -1, axis=1)
    return np.asarray((corners[..., 0] * after[..., 1] - corners[..., 1] * after[..., 0]).sum(axis=1) / 2)


def _plots_of(
    random: np.random.Generator,
    part: NDArray[np.int64],
    pattern: NDArray[np.int8],
    blocks: Blocks,
    streets: Streets,
    terrain: Terrain,
) -> pd.DataFrame:
    table = {name: PATTERNS[name].to_numpy() for name in PATTERNS.columns}
    sides = blocks.sides[part]
    corners = inset(blocks.corners[part], streets.width[sides] / 2 + streets.pavement[sides] + 0.15)
    size = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
    turn = size[:, 1] + size[:, 3] > size[:, 0] + size[:, 2]
    corners = np.where(turn[:, None, None], np.roll(corners, -1, axis=1), corners)
    sides = np.where(turn[:, None], np.roll(sides, -1, axis=1), sides)
    size = np.where(turn[:, None], np.roll(size, -1, axis=1), size)
    length, depth = (size[:, 0] + size[:, 2]) / 2, (size[:, 1] + size[:, 3]) / 2
    middle = corners.mean(axis=1, keepdims=True)
    convex = np.ones(len(part), dtype=bool)
    for k in range(4):
        piece = np.concatenate([corners[:, [k, (k + 1) % 4]], middle], axis=1)
        convex &= _signed_area(piece) > 5.0
    usable = np.isfinite(corners).all(axis=(1, 2)) & convex & (depth > 7.0) & (pattern != PATTERN["open"])
    usable &= _signed_area(corners) < _signed_area(blocks.corners[part])
    where = np.flatnonzero(usable)
    corners, sides, length, depth, kind = corners[where], sides[where], length[where], depth[where], pattern[where].astype(int)
    rows = np.where(depth >= 2 * table["depth"][kind], 2, 1)
    columns = np.clip(np.round(length / table["frontage"][kind]), 1, table["columns"][kind]).astype(int)
    count = rows * columns
    plot = np.repeat(np.arange(len(where)), count)
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    row, column = number // columns[plot], number % columns[plot]
    kind = kind[plot]
    # boundaries between plots lean a little; neighbours share them, so both draw from one table by (block, row, boundary)
    boundary = random.uniform(-0.16, 0.16, int((rows * (columns + 1)).sum()))
    base = np.cumsum(rows * (columns + 1)) - rows * (columns + 1)
    at = base[plot] + row * (columns[plot] + 1) + column
    inner_left, inner_right = column > 0, column + 1 < columns[plot]
    t0 = (column + boundary[at] * inner_left) / columns[plot]
    t1 = (column + 1 + boundary[np.minimum(at + 1, len(boundary) - 1)] * inner_right) / columns[plot]
    back = np.where(rows[plot] == 2, 0.5, 1.0)
    lot = _lots(corners[plot], t0, t1, row, back)
    main = streets.is_main(sides)[plot, np.where(row == 1, 2, 0)]
    main_side = streets.is_main(sides)[plot]
    main = main | (inner_left == 0) & main_side[:, 3] | (inner_right == 0) & main_side[:, 1]
    vacant = random.random(len(plot)) < table["vacant"][kind]
    single = np.where(kind == PATTERN["school"], number == 1, False) | np.where(
        kind == PATTERN["city_hall"], number == 1, False
    )
    made = [_stand(random, lot, kind, ~vacant, np.where(kind == PATTERN["farm"], 0.66, 1.0), single)]
    origin = [np.arange(len(plot))]
    farm = np.flatnonzero((kind == PATTERN["farm"]) & ~vacant & (random.random(len(plot)) < 0.75))
    half = np.where(random.random(len(farm)) < 0.5, 0.0, 0.45)
    yard = _within(lot[farm], half, half + 0.55, 0.70, 1.0)
    shed = np.full(len(farm), PATTERN["shed"])
    made.append(_stand(random, yard, shed, np.ones(len(farm), dtype=bool), np.ones(len(farm)), np.zeros(len(farm), dtype=bool)))
    origin.append(farm)
    frame = pd.concat(made, ignore_index=True)
    source = np.concatenate(origin)
    frame["number"] = (number[source] * 2 + np.repeat([0, 1], [len(o) for o in origin])).astype(np.int32)
    frame["block"] = part[where][plot[source]].astype(np.int32)
    frame["cell"] = blocks.cell[frame["block"].to_numpy()].astype(np.int32)
    frame["main_road"] = main[source]
    frame["use"] = _uses(random, frame, single[source])
    frame = frame[frame.pop("stands").to_numpy()]
    return frame[_even_ground(frame, terrain)].reset_index(drop=True)


def _lots(corners: Floats, t0: Floats, t1: Floats, row: NDArray[np.int64], back: Floats) -> Floats:
    """Corners of plots [n, 4, 2], counter-clockwise from the left end of the street side (seen from the plot's back)."""
    far = row == 1

    def point(t: Floats, s: Floats) -> Floats:
        t, s = t[:, None], s[:, None]
        low = corners[:, 0] * (1 - t) + corners[:, 1] * t
        high = corners[:, 3] * (1 - t) + corners[:, 2] * t
        return low * (1 - s) + high * s

    front, rear = np.where(far, 1.0, 0.0), np.where(far, 0.5, back)
    left, right = np.where(far, t1, t0), np.where(far, t0, t1)
    return np.stack([point(left, front), point(right, front), point(right, rear), point(left, rear)], axis=1)


def _within(lot: Floats, left: Floats, right: Floats, front: float, rear: float) -> Floats:
    def point(t: Floats, s: float) -> Floats:
        low = lot[:, 0] * (1 - t[:, None]) + lot[:, 1] * t[:, None]
        high = lot[:, 3] * (1 - t[:, None]) + lot[:, 2] * t[:, None]
        return low * (1 - s) + high * s

    return np.stack([point(left, front), point(right, front), point(right, rear), point(left, rear)], axis=1)


def _stand(
    random: np.random.Generator,
    lot: Floats,
    kind: NDArray[np.int64],
    taken: NDArray[np.bool_],
    share: Floats,
    second: NDArray[np.bool_],
) -> pd.DataFrame:
    """The rectangle of a building in each plot: parallel to the street, inside the plot by its gap on every side."""
    table = {name: PATTERNS[name].to_numpy() for name in PATTERNS.columns}
    count = len(lot)
    draw = random.random((count, 7))
    lot = lot.copy()
    lot[:, 2] = lot[:, 1] + (lot[:, 2] - lot[:, 1]) * share[:, None]
    lot[:, 3] = lot[:, 0] + (lot[:, 3] - lot[:, 0]) * share[:, None]
    front = lot[:, 1] - lot[:, 0]
    along_street = front / np.maximum(np.linalg.norm(front, axis=1, keepdims=True), 1e-9)
    lean = (lot[:, 2] + lot[:, 3] - lot[:, 0] - lot[:, 1]) / 2
    square_to_lean = np.stack([lean[:, 1], -lean[:, 0]], axis=1) / np.maximum(np.linalg.norm(lean, axis=1, keepdims=True), 1e-9)
    # in a leaning plot a house stands half-way between the street's direction and the plot's
    e = along_street + square_to_lean
    e = e / np.maximum(np.linalg.norm(e, axis=1, keepdims=True), 1e-9)
    f = np.stack([-e[:, 1], e[:, 0]], axis=1)
    skew = (along_street * e).sum(axis=1)
    gap = table["gap"][kind]
    frontage = np.linalg.norm(front, axis=1) * skew
    depth = np.minimum(((lot[:, 3] - lot[:, 0]) * f).sum(axis=1), ((lot[:, 2] - lot[:, 1]) * f).sum(axis=1))
    setback = table["setback"][kind] * (0.5 + draw[:, 0])
    low, high = table["width_from"][kind].copy(), table["width_to"][kind].copy()
    shallow, deep = table["depth_from"][kind].copy(), table["depth_to"][kind].copy()
    low[second], high[second], shallow[second], deep[second] = 24.0, 30.0, 18.0, 24.0  # the gymnasium, the hall
    width = np.minimum(low + (high - low) * draw[:, 1], frontage - 2 * gap)
    long = np.minimum(shallow + (deep - shallow) * draw[:, 2], depth - gap - setback)
    spare = np.maximum(frontage - 2 * gap - width, 0)
    middle = lot[:, 0] + front / 2 + e * (spare * 0.5 * (2 * draw[:, 3] - 1))[:, None]
    middle = middle + lean * ((setback + long / 2) / np.maximum((lean * f).sum(axis=1), 1e-9))[:, None]
    half = np.stack([width, long], axis=1) / 2
    along = np.roll(lot, -1, axis=1) - lot
    normal = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    normal = normal / np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-9)
    room = ((middle[:, None] - lot) * normal).sum(axis=2) - gap[:, None] * np.array([0.15, 1, 1, 1])
    need = half[:, :1] * np.abs((normal * e[:, None]).sum(axis=2)) + half[:, 1:] * np.abs((normal * f[:, None]).sum(axis=2))
    with np.errstate(divide="ignore", invalid="ignore"):
        fit = np.minimum((room / need).min(axis=1), 1.0)
    half = half * fit[:, None]
    area = 4 * half[:, 0] * half[:, 1]
    least = np.where(kind == PATTERN["shed"], 12.0, 34.0)
    slim = np.minimum(half[:, 0], half[:, 1]) * 2
    stands = (
        taken & (half > 0).all(axis=1) & (fit > 0.5) & (area > least) & (slim > np.where(kind == PATTERN["shed"], 2.8, 4.2))
    )
    bent, turned = draw[:, 4], table["l_share"][kind]
    shape = np.where(bent < turned, ELL, RECTANGLE)
    shape = np.where((bent >= turned) & (bent < turned + table["u_share"][kind]), YOU, shape)
    shape = np.where(bent >= 1 - table["court_share"][kind], COURT, shape)
    shape[second] = RECTANGLE
    big = np.isin(kind, [PATTERN["school"], PATTERN["hospital"], PATTERN["city_hall"]]) & ~second
    # houses lose a corner; large buildings are wings around a yard
    cut_a = np.where(big, 0.72 + 0.1 * draw[:, 5], 0.25 + 0.35 * draw[:, 5])
    cut_b = np.where(big, 0.60 + 0.1 * draw[:, 6], 0.25 + 0.30 * draw[:, 6])
    cut_a = np.where(shape == COURT, 0.45 + 0.15 * draw[:, 5], cut_a)
    cut_b = np.where(shape == COURT, 0.30 + 0.15 * draw[:, 6], cut_b)
    return pd.DataFrame(
        {
            "pattern": kind.astype(np.int8),
            "shape": shape.astype(np.int8),
            "x": middle[:, 0],
            "y": middle[:, 1],
            "ex": e[:, 0],
            "ey": e[:, 1],
            "half_width": half[:, 0],
            "half_depth": half[:, 1],
            "cut_a": cut_a.astype(np.float32) * np.where(draw[:, 3] < 0.5, -1, 1),
            "cut_b": cut_b.astype(np.float32),
            "stands": stands,
        }
    )


def _uses(random: np.random.Generator, frame: pd.DataFrame, second: NDArray[np.bool_]) -> NDArray[np.int8]:
    draw, other = random.random(len(frame)), random.random(len(frame))
    pattern, use = frame["pattern"].to_numpy(), np.zeros(len(frame), dtype=np.int8)
    for name, mix in USE_MIX.items():
        here = pattern == PATTERN[name]
        use[here] = _choose(draw[here], [(USE[kind], share) for kind, share in mix])
    main = frame["main_road"].to_numpy()
    towns = np.isin(pattern, [PATTERN["townhouse"], PATTERN["house"]]) & main
    use[towns & (other < 0.52)] = USE["mixed"]
    use[towns & (other < 0.22)] = USE["commercial"]
    use[second & (pattern == PATTERN["city_hall"])] = USE["public"]
    return use


def _even_ground(frame: pd.DataFrame, terrain: Terrain) -> NDArray[np.bool_]:
    x, y, ex, ey, a, b = (frame[name].to_numpy() for name in ("x", "y", "ex", "ey", "half_width", "half_depth"))
    heights = [terrain.sample(x, y)]
    for s, t in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        heights.append(terrain.sample(x + s * a * ex - t * b * ey, y + s * a * ey + t * b * ex))
    stack = np.stack(heights)
    with np.errstate(invalid="ignore"):
        return np.asarray(stack.max(axis=0) - stack.min(axis=0) <= RELIEF + 0.03 * np.hypot(a, b))


__all__ = ["PATTERN", "PATTERNS", "PAVEMENT", "USE", "Plots", "inset", "lay_out_plots"]
