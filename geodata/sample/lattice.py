"""The lattice of main lines: rows along the river, columns across it, bent by the meander and by old property lines.

Everything people lay out hangs on it: streets run along its lines and inside its cells, districts are sets of its cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geodata.sample.noise import Floats, Noise, smoothstep
from geodata.sample.plan import Plan
from geodata.sample.river import CORRIDOR, River

ROW_STEP, COLUMN_STEP = 150.0, 168.0
RAIL_HALF = 9.0  # from the railway's axis to the street beside it, m
TRIBUTARY_HALF = 19.0  # from the tributary's axis to the street beside it, m


@dataclass(frozen=True)
class Lattice:
    """Nodes at the crossings of columns (index i, west to east) and rows (index j, south to north)."""

    plan: Plan
    river: River

    @property
    def rail_v(self) -> float:
        """Distance of the railway north of the river, m."""
        return 590.0 * self.plan.scale

    @property
    def terrace_v(self) -> float:
        """Distance of the terrace's foot north of the river, m (mean)."""
        return 1040.0 * self.plan.scale

    @property
    def hill_v(self) -> float:
        """Distance of the hills' foot north of the river, m (mean)."""
        return 1480.0 * self.plan.scale

    @cached_property
    def v(self) -> Floats:
        """Rows, m north of the river's centre line."""
        random = self.plan.random("rows")
        rail = self.rail_v
        rows = np.concatenate([
            -_knots(random, CORRIDOR, self.plan.south_depth, ROW_STEP)[::-1],
            [0.0],
            _knots(random, CORRIDOR, rail - RAIL_HALF, ROW_STEP),
            _knots(random, rail + RAIL_HALF, self.plan.north_depth, ROW_STEP),
        ])  # fmt: skip
        return np.asarray(rows)

    @cached_property
    def river_row(self) -> int:
        """Row on the river's centre line; the rows before and after it bound the river's corridor."""
        return int(np.flatnonzero(self.v == 0.0)[0])

    @cached_property
    def rail_row(self) -> int:
        """Row just south of the railway; the next one lies just north of it."""
        return int(np.argmin(np.abs(self.v - (self.rail_v - RAIL_HALF))))

    @cached_property
    def _columns(self) -> tuple[Floats, int]:
        random = self.plan.random("columns")
        where = 0.63 * self.plan.width
        west = _knots(random, 0.0, where - TRIBUTARY_HALF, COLUMN_STEP)
        east = _knots(random, where + TRIBUTARY_HALF, self.plan.width, COLUMN_STEP)
        return np.concatenate([west, east]), len(west) - 1

    @property
    def u(self) -> Floats:
        """Columns, m from the western edge."""
        return self._columns[0]

    @property
    def tributary_column(self) -> int:
        """Column just west of the tributary; the next one lies just east of it."""
        return self._columns[1]

    @cached_property
    def bridges(self) -> dict[int, str]:
        """Column index → road class of the columns that cross the river."""
        if self.plan.scale < 1.5:
            wanted = [(0.27, "tertiary"), (0.46, "trunk"), (0.80, "secondary")]
        else:
            count = round(self.plan.width / 1500.0)
            classes = ("tertiary", "trunk", "secondary", "tertiary", "secondary")
            wanted = [((k + 0.55) / count, classes[k % len(classes)]) for k in range(count)]
        found: dict[int, str] = {}
        for share, name in wanted:
            column = int(np.argmin(np.abs(self.u - share * self.plan.width)))
            column = min(max(column, 1), len(self.u) - 2)
            if column in (self.tributary_column, self.tributary_column + 1):
                column = self.tributary_column + 2
            found.setdefault(column, name)
        return found

    @cached_property
    def station_u(self) -> tuple[float, ...]:
        """Stations along the railway, m from the western edge."""
        if self.plan.scale < 1.5:
            return (0.375 * self.plan.width,)
        count = round(self.plan.width / 3000.0)
        return tuple((k + 0.4) / count * self.plan.width for k in range(count))

    @cached_property
    def column_class(self) -> NDArray[np.str_]:
        """Road class of each column; "" = an ordinary street."""
        classes = np.full(len(self.u), "", dtype="<U12")
        classes[3::7] = "tertiary"
        for column, name in self.bridges.items():
            for near in (column - 1, column + 1):
                classes[near] = ""
            classes[column] = name
        classes[[self.tributary_column, self.tributary_column + 1]] = ""
        return classes

    @cached_property
    def row_class(self) -> NDArray[np.str_]:
        """Road class of each row; "" = an ordinary street."""
        classes = np.full(len(self.v), "", dtype="<U12")
        rail, river = self.rail_row, self.river_row
        classes[rail + 3 :: 6] = "tertiary"
        classes[river - 4 :: -6] = "tertiary"
        for row in range(river + 2, rail - 2, 6):
            classes[row] = "tertiary"
        classes[river + 1] = classes[river - 1] = "tertiary"
        middle = int(np.argmin(np.abs(self.v - 0.5 * self.rail_v)))
        classes[max(middle, river + 2)] = "secondary"  # the old highway becomes the shopping street
        classes[int(np.argmin(np.abs(self.v + 0.42 * self.plan.south_depth)))] = "secondary"
        if self.plan.scale > 2:
            classes[rail + 9 :: 24] = "secondary"
            classes[river - 12 :: -24] = "secondary"
        classes[[river, rail, rail + 1]] = ""
        return classes

    @cached_property
    def _warps(self) -> tuple[tuple[Noise, Noise, float], ...]:
        bounds = self.plan.grid.bounds
        made = []
        for wavelength, size in ((760.0, 46.0), (380.0, 17.0)):
            first, second = (self.plan.random("warp", int(wavelength), k) for k in (0, 1))
            made.append((Noise(first, bounds, wavelength=wavelength), Noise(second, bounds, wavelength=wavelength), size))
        return tuple(made)

    def at(self, u: Floats, v: Floats) -> NDArray[np.float64]:
        """City coordinates of lattice positions, [..., 2]."""
        u, v = np.broadcast_arrays(np.asarray(u, dtype=float), np.asarray(v, dtype=float))
        plan, river = self.plan, self.river
        near = smoothstep((500.0 - np.abs(v)) / 380.0)
        x = plan.west + u
        y = plan.base_y + river.centre(u) * river.meander_share(v) + v * (1 + (river.stretch(u) - 1) * near)
        room = np.minimum.reduce([u, plan.width - u, v + plan.south_depth, plan.north_depth - v])
        weight = smoothstep((np.abs(v) - 90.0) / 330.0) * smoothstep(room / 260.0)
        along = sum(size * first(x, y) for first, _, size in self._warps)
        across = sum(size * second(x, y) for _, second, size in self._warps)
        return np.stack([x + weight * along, y + weight * across], axis=-1)

    @cached_property
    def nodes(self) -> NDArray[np.float64]:
        """City coordinates of the nodes, [column, row, 2], on whole centimetres."""
        random = self.plan.random("node jitter")
        u, v = self.u[:, None], self.v[None, :]
        shape = (len(self.u), len(self.v))
        du, dv = random.uniform(-22, 22, shape), random.uniform(-20, 20, shape)
        fixed_rows = [0, -1, self.river_row - 1, self.river_row, self.river_row + 1, self.rail_row, self.rail_row + 1]
        fixed_columns = [0, -1, self.tributary_column, self.tributary_column + 1]
        dv[:, fixed_rows] = 0.0
        du[:, [self.river_row - 1, self.river_row, self.river_row + 1]] = 0.0
        du[fixed_columns, :] = 0.0
        for column in self.bridges:  # main roads run straighter than lanes
            du[column, :] *= 0.3
            du[column, self.rail_row - 1 : self.rail_row + 3] = 0.0
        for row in np.flatnonzero(self.row_class != ""):
            dv[:, row] *= 0.4
        return np.round(self.at(u + du, v + dv), 2)

    @cached_property
    def tributary_line(self) -> NDArray[np.float64]:
        """Axis of the tributary from its mouth at the river northwards, [n, 2]."""
        v = np.arange(0.0, self.plan.north_depth + 1, 12.5)
        u = (self.u[self.tributary_column] + self.u[self.tributary_column + 1]) / 2
        return self.at(np.full_like(v, u), v)

    @cached_property
    def rail_line(self) -> NDArray[np.float64]:
        """Axis of the railway, [n, 2]."""
        u = np.linspace(0.0, self.plan.width, int(self.plan.width / 12.5) + 1)
        return self.at(u, np.full_like(u, self.rail_v))

    @cached_property
    def underpass_columns(self) -> tuple[int, ...]:
        """Columns that pass under the railway."""
        return tuple(column for column, name in self.bridges.items() if name == "trunk")

    @cached_property
    def overbridge_columns(self) -> tuple[int, ...]:
        """Columns that pass over the railway."""
        return tuple(column for column, name in self.bridges.items() if name == "secondary")


def _knots(random: np.random.Generator, start: float, end: float, step: float) -> Floats:
    count = max(1, round((end - start) / step))
    knots = np.linspace(start, end, count + 1)
    knots[1:-1] += random.uniform(-0.17, 0.17, count - 1) * (end - start) / count
    return np.asarray(knots)
