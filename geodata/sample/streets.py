"""Streets: which lines of the lattice and of the blocks become roads, of which class; bridges, the underpass, dead ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import scipy.sparse as sparse
import scipy.sparse.csgraph  # noqa: F401  (used as sparse.csgraph)
import shapely
from numpy.typing import NDArray

from geodata.sample.blocks import Blocks, column_lines, row_lines
from geodata.sample.lattice import Lattice
from geodata.sample.noise import Floats
from geodata.sample.plan import CRS, Plan
from geodata.sample.terrain import Terrain
from geodata.sample.zones import BUILT, Zones

# class: width m, lanes, posted limit m/s
CLASSES = {
    "trunk": (15.0, 4, 16.67),
    "secondary": (11.0, 2, 13.89),
    "tertiary": (8.0, 2, 11.11),
    "residential": (5.0, 1, 8.33),
    "track": (3.0, 1, 8.33),
    "steps": (2.0, None, np.nan),
    "footway": (2.0, None, np.nan),
    "path": (1.5, None, np.nan),
}
PAVEMENT = {"trunk": 3.0, "secondary": 2.5, "tertiary": 1.5}  # on each side, m
MAIN = ("trunk", "secondary")
DEAD_ENDS = 0.055
STEEP_STEPS = 0.15  # a lane steeper than this is a flight of steps
DECK_ABOVE_CREST, DECK_ABOVE_RAIL = 1.3, 6.8


@dataclass(frozen=True)
class Streets:
    """Classes and widths of all lines, and the road network made from the lines that are built."""

    plan: Plan
    lattice: Lattice
    zones: Zones
    blocks: Blocks
    terrain: Terrain
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def line_class(self) -> NDArray[np.str_]:
        """Class of each line if every laid-out cell is built; "" = no road."""
        return self.classes(np.isin(self.zones.zone, BUILT))

    @cached_property
    def _laid_out(self) -> NDArray[np.str_]:
        """`line_class` with the room that ramps beside the railway need."""
        made = self.line_class.copy()
        columns, rail = column_lines(self.lattice), self.lattice.rail_row
        for column in (*self.lattice.underpass_columns, *self.lattice.overbridge_columns):
            made[columns[column, rail - 1 : rail + 2]] = self.lattice.bridges[column]
        return made

    @cached_property
    def width(self) -> Floats:
        """Carriageway of each line, m; 0 where there is none."""
        width = self.blocks.line_width.copy()
        lattice_lines = self.blocks.line_cell < 0
        of_class = np.array([CLASSES[name][0] if name else 0.0 for name in self._laid_out[lattice_lines]])
        width[lattice_lines] = of_class
        return width

    @cached_property
    def pavement(self) -> Floats:
        """Pavement on each side of each line, m."""
        return np.array([PAVEMENT.get(name, 0.3) for name in self._laid_out.tolist()])

    def is_main(self, lines: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether lines are main roads: trunk or secondary."""
        return np.isin(self._laid_out, MAIN)[lines]

    def classes(self, built: NDArray[np.bool_]) -> NDArray[np.str_]:
        """Class of each line, given which cells are built [i, j]; "" = no road there."""
        lattice, random = self.lattice, self.plan.random("lines")
        land = self.zones.land
        rows, columns = row_lines(lattice), column_lines(lattice)
        made = np.full(len(self.blocks.line_cell), "", dtype="<U12")
        made[rows.ravel()] = self._row_classes(built, land, random).ravel()
        made[columns.ravel()] = self._column_classes(built, land, random).ravel()
        cuts = self.blocks.line_cell >= 0
        made[cuts] = np.where(built.ravel()[self.blocks.line_cell[cuts]], "residential", "")
        return made

    def _row_classes(self, built: NDArray[np.bool_], land: NDArray[np.str_], random: np.random.Generator) -> NDArray[np.str_]:
        lattice = self.lattice
        own = np.broadcast_to(lattice.row_class[None, :], (len(lattice.u) - 1, len(lattice.v)))
        below = np.pad(built, ((0, 0), (1, 0)))
        above = np.pad(built, ((0, 0), (0, 1)))
        street = below | above
        wild = np.pad(land == "forest", ((0, 0), (1, 0)), constant_values=True)
        wild &= np.pad(land == "forest", ((0, 0), (0, 1)), constant_values=True)
        track = ~street & ~wild & (random.random(own.shape) < 0.72)
        made = np.where(street, np.where(own == "", "residential", own), np.where(track, "track", ""))
        made = np.where((own != "") & ~wild, own, made)
        made[:, [0, -1, lattice.river_row]] = ""
        rail = [lattice.rail_row, lattice.rail_row + 1]
        made[:, rail] = np.where(street[:, rail], "residential", "")
        for column in (*lattice.underpass_columns, *lattice.overbridge_columns):
            # beside the ramps the streets along the railway stop short of the main road
            made[column - 1 : column + 1, lattice.rail_row : lattice.rail_row + 2] = ""
        tributary = made[lattice.tributary_column, lattice.river_row + 1 :]
        keep = np.isin(tributary, ["trunk", "secondary", "tertiary"]) | (
            (tributary == "residential") & (np.arange(len(tributary)) % 2 == 0)
        )
        keep[[0]] = True  # the levee road crosses beside the gate
        made[lattice.tributary_column, lattice.river_row + 1 :] = np.where(keep, tributary, "")
        return made

    def _column_classes(
        self, built: NDArray[np.bool_], land: NDArray[np.str_], random: np.random.Generator
    ) -> NDArray[np.str_]:
        lattice = self.lattice
        own = np.broadcast_to(lattice.column_class[:, None], (len(lattice.u), len(lattice.v) - 1)).copy()
        left = np.pad(built, ((1, 0), (0, 0)))
        right = np.pad(built, ((0, 1), (0, 0)))
        street = left | right
        wild = np.pad(land == "forest", ((1, 0), (0, 0)), constant_values=True)
        wild &= np.pad(land == "forest", ((0, 1), (0, 0)), constant_values=True)
        track = ~street & ~wild & (random.random(own.shape) < 0.62)
        made = np.where(street, np.where(own == "", "residential", own), np.where(track, "track", ""))
        made = np.where((own != "") & ~wild, own, made)
        made[[0, -1]] = ""
        made[lattice.tributary_column + 1, : lattice.river_row] = ""
        made[:, lattice.river_row - 1 : lattice.river_row + 1] = ""
        rail = lattice.rail_row
        around = street[:, rail - 1] & street[:, rail + 1]
        crossing = (own[:, rail] == "tertiary") | (around & (np.arange(len(lattice.u)) % 3 == 1))
        made[:, rail] = np.where(crossing, np.where(own[:, rail] == "", "residential", own[:, rail]), "")
        made[[lattice.tributary_column, lattice.tributary_column + 1], rail] = ""
        for column in (*lattice.underpass_columns, *lattice.overbridge_columns):
            made[column, rail - 1 : rail + 2] = ""
        return made

    def network(self, built: NDArray[np.bool_]) -> tuple[geopandas.GeoDataFrame, geopandas.GeoDataFrame]:
        """Roads and nodes for the cells that are built, [i, j]; lines meet only at nodes."""
        edges, points = self._edges(built)
        edges, points = self._with_dead_ends(edges, points)
        edges = self._with_crossings(edges)
        edges, points = self._with_hill_paths(edges, points)
        edges = _largest_and_lanes(edges, len(points))
        used = np.unique(edges[["from", "to"]].to_numpy())
        renumber = np.full(len(points), -1)
        renumber[used] = np.arange(len(used))
        points = points[used]
        edges = edges.assign(**{"from": renumber[edges["from"]], "to": renumber[edges["to"]]})
        return self._road_frame(edges, points), _node_frame(edges, points)

    def _edges(self, built: NDArray[np.bool_]) -> tuple[pd.DataFrame, Floats]:
        """Pieces of lines between junctions: columns line, from, to, class, width; and the points of the nodes."""
        lattice, blocks = self.lattice, self.blocks
        classes = self.classes(built)
        rows, columns = row_lines(lattice), column_lines(lattice)
        corner = np.arange(len(lattice.u) * len(lattice.v)).reshape(len(lattice.u), len(lattice.v))
        stop = (classes[blocks.stop_line] != "") & (classes[blocks.stop_cut] != "")
        stop_line, stop_cut, stop_point = blocks.stop_line[stop], blocks.stop_cut[stop], blocks.stop_point[stop]
        points = np.concatenate([lattice.nodes.reshape(-1, 2), stop_point])
        stop_node = corner.size + np.arange(len(stop_line))
        line = np.concatenate([rows.ravel(), rows.ravel(), columns.ravel(), columns.ravel(), stop_line, stop_cut])
        node = np.concatenate([corner[:-1].ravel(), corner[1:].ravel(), corner[:, :-1].ravel(), corner[:, 1:].ravel(),
                               stop_node, stop_node])  # fmt: skip
        road = classes[line] != ""
        line, node = line[road], node[road]
        direction = blocks.line_end - blocks.line_start
        along = ((points[node] - blocks.line_start[line]) * direction[line]).sum(axis=1)
        order = np.lexsort((along, line))
        line, node = line[order], node[order]
        follows = line[1:] == line[:-1]
        edges = pd.DataFrame({"line": line[1:][follows], "from": node[:-1][follows], "to": node[1:][follows]})
        edges["class"] = classes[edges["line"]]
        edges["width"] = np.where(self.blocks.line_cell[edges["line"]] >= 0, blocks.line_width[edges["line"]],
                                  [CLASSES[name][0] for name in edges["class"]])  # fmt: skip
        edges["bridge"], edges["tunnel"], edges["level"], edges["deck"] = False, False, 0, np.nan
        tributary = rows[lattice.tributary_column, lattice.river_row + 1 :]
        over = edges["line"].isin(tributary).to_numpy()
        edges.loc[over, "bridge"] = True
        edges.loc[over, "level"] = 1
        middle = (points[edges["from"]] + points[edges["to"]]) / 2
        bank = np.maximum(self.terrain.sample(*points[edges["from"]].T), self.terrain.sample(*points[edges["to"]].T))
        water = self.terrain.sample(*middle.T)
        edges.loc[over, "deck"] = np.maximum(bank + 0.8, water + 4.6)[over]
        gap = np.hypot(*(points[edges["to"]] - points[edges["from"]]).T)
        return edges[gap > 0.05].reset_index(drop=True), points

    def _with_dead_ends(self, edges: pd.DataFrame, points: Floats) -> tuple[pd.DataFrame, Floats]:
        """Some lanes end before they reach the next street."""
        random = self.plan.random("dead ends")
        draw, share = random.random(len(edges)), random.uniform(0.5, 0.85, len(edges))
        start, end = points[edges["from"]], points[edges["to"]]
        lane = (edges["class"] == "residential").to_numpy() & (self.blocks.line_cell[edges["line"]] >= 0)
        cut = np.flatnonzero(lane & (draw < DEAD_ENDS) & (np.hypot(*(end - start).T) > 25.0))
        stumps = np.round(start[cut] + share[cut, None] * (end[cut] - start[cut]), 2)
        edges = edges.copy()
        edges.loc[cut, "to"] = len(points) + np.arange(len(cut))
        return edges, np.concatenate([points, stumps])

    def _with_crossings(self, edges: pd.DataFrame) -> pd.DataFrame:
        """Bridges over the river, and main roads under and over the railway."""
        lattice, river = self.lattice, self.terrain.river
        rows = len(lattice.v)
        made = []
        for column, name in lattice.bridges.items():
            crest = max(float(river.crest(lattice.u[column], side)) for side in (1, -1))
            first, last = column * rows + lattice.river_row - 1, column * rows + lattice.river_row + 1
            width = CLASSES[name][0]
            made.append((-1, first, last, name, width, True, False, 1, round(crest + DECK_ABOVE_CREST, 2)))
        rail = lattice.rail_row
        for column in lattice.underpass_columns:
            first, last = column * rows + rail - 1, column * rows + rail + 2
            made.append((-2, first, last, "trunk", CLASSES["trunk"][0], False, True, -1, np.nan))
        for column in lattice.overbridge_columns:
            first, last = column * rows + rail - 1, column * rows + rail + 2
            top = float(river.plane(lattice.u[column])) + DECK_ABOVE_RAIL
            made.append((-3, first, last, "secondary", CLASSES["secondary"][0], True, False, 1, round(top, 2)))
        extra = pd.DataFrame(made, columns=["line", "from", "to", "class", "width", "bridge", "tunnel", "level", "deck"])
        return pd.concat([edges, extra], ignore_index=True)

    def _with_hill_paths(self, edges: pd.DataFrame, points: Floats) -> tuple[pd.DataFrame, Floats]:
        """Forest paths from the last street up into the hills; dead ends all of them."""
        random = self.plan.random("hill paths")
        used = np.unique(edges[["from", "to"]].to_numpy())
        x, y = points[used].T
        top = self.terrain.hill_foot(x) - self.terrain.v(x, y)
        near = used[(top > -20) & (top < 150)]
        count = min(len(near), max(2, round(4 * self.plan.scale)))
        rows: list[tuple[Any, ...]] = []
        new: list[Floats] = []
        number = len(points)
        north = self.plan.south + self.plan.height - 30
        for start in np.sort(random.choice(near, count, replace=False)) if count else ():
            at, last = points[start], int(start)
            heading = random.uniform(-0.5, 0.5)
            for _ in range(int(random.integers(3, 6))):
                heading += random.uniform(-0.5, 0.5)
                at = np.round(at + 48.0 * np.array([np.sin(heading), np.cos(heading)]), 2)
                if at[1] > north or abs(at[0] - self.terrain.plan.west - self.plan.width / 2) > self.plan.width / 2 - 30:
                    break
                new.append(at)
                rows.append((-4, last, number, "path", 1.5, False, False, 0, np.nan))
                last, number = number, number + 1
        if not rows:
            return edges, points
        extra = pd.DataFrame(rows, columns=["line", "from", "to", "class", "width", "bridge", "tunnel", "level", "deck"])
        # a path may not cross another road: those that do are left out
        every = shapely.linestrings(
            np.stack([np.concatenate([points, new])[extra["from"]], np.array(new)[extra["to"] - len(points)]], axis=1)
        )
        roads = shapely.linestrings(np.stack([points[edges["from"]], points[edges["to"]]], axis=1))
        hits = shapely.STRtree(np.concatenate([roads, every])).query(every, predicate="crosses")
        bad = np.zeros(len(extra), dtype=bool)
        bad[hits[0]] = True
        chain = extra["from"].lt(len(points)).cumsum()
        extra = extra[~pd.Series(bad).groupby(chain.to_numpy()).transform("cummax").to_numpy()]
        return pd.concat([edges, extra], ignore_index=True), np.concatenate([points, new])

    def _road_frame(self, edges: pd.DataFrame, points: Floats) -> geopandas.GeoDataFrame:
        start, end = points[edges["from"]], points[edges["to"]]
        length = np.hypot(*(end - start).T)
        rise = np.abs(self.terrain.sample(*end.T) - self.terrain.sample(*start.T))
        classes = edges["class"].to_numpy().astype("<U12")
        steep = (rise / length > STEEP_STEPS) & np.isin(classes, ["residential", "track"]) & ~edges["bridge"] & ~edges["tunnel"]
        classes[steep] = "steps"
        on_foot = np.isin(classes, ["steps", "path", "footway"])
        width = np.where(steep, 2.0, edges["width"])
        narrow = np.isin(classes, ["residential"]) & (width < 3.4)
        lanes = pd.array([CLASSES[name][1] for name in classes], dtype="Int64")
        names = self._names(edges, classes)
        return geopandas.GeoDataFrame(
            {
                "id": [f"kawabe-r-{k:06d}" for k in range(len(edges))],
                "name": names,
                "class": classes,
                "oneway": np.where(narrow & (np.arange(len(edges)) % 3 == 0), "forward", "both"),
                "lanes": lanes,
                "width": np.round(width, 1),
                "speed_limit": [CLASSES[name][2] for name in classes],
                "bridge": edges["bridge"].to_numpy(dtype=bool),
                "tunnel": edges["tunnel"].to_numpy(dtype=bool),
                "level": edges["level"].to_numpy(dtype=int),
                "deck_elevation": np.round(edges["deck"].to_numpy(dtype=float), 2),
                "cars": ~on_foot,
                "walkers": True,
                "from_node": [f"kawabe-n-{k:06d}" for k in edges["from"]],
                "to_node": [f"kawabe-n-{k:06d}" for k in edges["to"]],
            },
            geometry=shapely.linestrings(np.stack([start, end], axis=1)),
            crs=CRS,
        )

    def _names(self, edges: pd.DataFrame, classes: NDArray[np.str_]) -> NDArray[np.object_]:
        lattice = self.lattice
        names = np.full(len(edges), "", dtype=object)
        rows, columns = row_lines(lattice), column_lines(lattice)
        line = edges["line"].to_numpy()
        row_of = np.full(rows.size + columns.size, -1)
        column_of = row_of.copy()
        row_of[rows.ravel()] = np.tile(np.arange(rows.shape[1]), rows.shape[0])
        column_of[columns.ravel()] = np.repeat(np.arange(columns.shape[0]), columns.shape[1])
        on_lattice = (line >= 0) & (line < len(row_of))
        row = np.where(on_lattice, row_of[np.where(on_lattice, line, 0)], -1)
        main = np.isin(classes, MAIN)
        names[main & (row >= 0)] = "県道601号川辺停車場線"
        shopping = np.flatnonzero(lattice.row_class == "secondary")
        shopping = shopping[shopping > lattice.river_row]
        if len(shopping):
            names[(row == shopping[0]) & main] = "本町通り"
        names[main & (row < 0) & (classes == "secondary")] = "県道602号川辺大橋線"
        names[main & (classes == "trunk")] = "国道799号"
        names[(line == -1) & (classes == "tertiary")] = "旧川辺橋"
        names[(line == -1) & (classes == "secondary")] = "新川辺橋"
        names[(line == -1) & (classes == "trunk")] = "川辺大橋"
        names[line == -2] = "本町アンダーパス"
        names[line == -3] = "東跨線橋"
        names[(row == lattice.river_row + 1) & (classes == "tertiary")] = "左岸堤防道路"
        names[(row == lattice.river_row - 1) & (classes == "tertiary")] = "右岸堤防道路"
        return names


def _largest_and_lanes(edges: pd.DataFrame, count: int) -> pd.DataFrame:
    """Leave out farm tracks that lead nowhere: whole components without a street."""
    label = _components(edges, count)
    main = np.bincount(label[edges["from"]]).argmax()
    streets = np.zeros(label.max() + 1, dtype=bool)
    streets[label[edges["from"][~edges["class"].isin(["track", "tertiary"])]]] = True
    keep = (label[edges["from"]] == main) | streets[label[edges["from"]]]
    return edges[keep].reset_index(drop=True)


def _components(edges: pd.DataFrame, count: int) -> NDArray[np.int32]:
    graph = sparse.coo_matrix((np.ones(len(edges)), (edges["from"], edges["to"])), shape=(count, count))
    return np.asarray(sparse.csgraph.connected_components(graph, directed=False)[1])


def _node_frame(edges: pd.DataFrame, points: Floats) -> geopandas.GeoDataFrame:
    label = _components(edges, len(points))
    size = np.bincount(label)
    rank = np.empty(len(size), dtype=int)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    degree = np.bincount(edges[["from", "to"]].to_numpy().ravel(), minlength=len(points))
    return geopandas.GeoDataFrame(
        {"id": [f"kawabe-n-{k:06d}" for k in range(len(points))], "component": rank[label], "degree": degree},
        geometry=shapely.points(points),
        crs=CRS,
    )
