"""Water that comes or goes at places: inflows, pumps, culverts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.flood.budget import Budget
from twin.flood.curve import Curve
from twin.flood.domain import LEFT, TOP, Domain

Cell = tuple[int, int]


@dataclass
class Inflow:
    """A discharge into some cells, m³/s, in equal shares.

    Parameters
    ----------
    places
        Where the cells stand in the domain's point sources (`Domain.set_sources`).
    """

    places: NDArray[np.intp]
    discharge: Curve
    _area: NDArray[np.float64] | None = field(default=None, init=False, repr=False)

    def act(self, domain: Domain, start: float, end: float, budget: Budget) -> None:
        """Set the mean rate of the round."""
        rate = self.discharge.mean(start, end)
        if self._area is None:
            cells = domain.sources[self.places] - (TOP, LEFT)
            self._area = np.array([domain.room(int(row), int(column)) for row, column in cells])
        domain.source_rate[self.places] += (rate / len(self.places) / self._area).astype(np.float32)
        budget.add("inflow", rate * (end - start))

    def fastest(self, domain: Domain, start: float, end: float) -> float:
        """Greatest rate at the ends of a span, m/s."""
        return self.discharge.greatest(start, end) / (len(self.places) * domain.area)


@dataclass
class StillSources:
    """Sets all point sources to nothing before the others add theirs: the first control of a round."""

    def act(self, domain: Domain, start: float, end: float, budget: Budget) -> None:  # noqa: ARG002
        """Nothing comes from anywhere."""
        domain.source_rate[:] = 0.0


def withdraw(domain: Domain, cell: Cell, volume: float) -> float:
    """Take up to a volume, m³, out of a grid cell, at most half of what stands there; returns what was taken."""
    row, column = TOP + cell[0], LEFT + cell[1]
    stands = float(domain.h[row, column]) + float(domain.r[row, column])
    area = domain.room(*cell)
    taken = min(volume / area, 0.5 * max(stands, 0.0))
    _set(domain, row, column, stands - taken)
    return taken * area


def pour(domain: Domain, cell: Cell, volume: float) -> None:
    """Add a volume, m³, to a grid cell."""
    row, column = TOP + cell[0], LEFT + cell[1]
    _set(domain, row, column, float(domain.h[row, column]) + float(domain.r[row, column]) + volume / domain.room(*cell))


def _set(domain: Domain, row: int, column: int, depth: float) -> None:
    domain.h[row, column] = depth
    domain.r[row, column] = depth - float(domain.h[row, column])


@dataclass
class Pump:
    """Lifts water from a cell to another, or out of the city.

    Parameters
    ----------
    intake, outlet
        Grid cells; no outlet = out of the city.
    capacity
        m³/s.
    starts_at
        Depth at the intake from which it runs, m.
    power
        Grid cell of what powers it and the depth there at which the power fails, m; None = it never does.
    """

    intake: Cell
    outlet: Cell | None
    capacity: float
    starts_at: float
    power: tuple[Cell, float] | None = None

    def act(self, domain: Domain, start: float, end: float, budget: Budget) -> None:
        """Move what it can in the round."""
        if domain.depth[self.intake] < self.starts_at:
            return
        if self.power is not None and domain.depth[self.power[0]] >= self.power[1]:
            return
        taken = withdraw(domain, self.intake, self.capacity * (end - start))
        if self.outlet is None:
            budget.add("pumped_out", taken)
        else:
            pour(domain, self.outlet, taken)


@dataclass
class Culvert:
    """A pipe between two cells: full bore, Q = C A √(2 g ΔH), driven by the levels at its ends.

    Parameters
    ----------
    ends
        Grid cells of the two ends.
    inverts
        Elevation of its bottom at the ends, m.
    area
        Cross-section, m².
    height
        Height of the opening, m: it runs partly full below.
    coefficient
        Discharge coefficient.
    flap
        True when it lets water pass from the first end to the second only.
    """

    ends: tuple[Cell, Cell]
    inverts: tuple[float, float]
    area: float
    height: float
    coefficient: float = 0.7
    flap: bool = False

    def discharge(self, levels: tuple[float, float]) -> float:
        """Discharge from the first end to the second, m³/s.

        Examples
        --------
        >>> pipe = Culvert(((0, 0), (0, 1)), (0.0, 0.0), area=1.0, height=1.0)
        >>> round(pipe.discharge((3.0, 2.0)), 3), pipe.discharge((2.0, 2.0))   # 0.7 √(2 g)
        (3.101, 0.0)
        """
        up = 0 if levels[0] >= levels[1] else 1
        crest = max(self.inverts)
        head = levels[up] - max(levels[1 - up], crest)
        if head <= 0 or (self.flap and up == 1):
            return 0.0
        filled = min((levels[up] - crest) / self.height, 1.0)
        amount = self.coefficient * self.area * filled * float(np.sqrt(2 * 9.81 * head))
        return amount if up == 0 else -amount

    def act(self, domain: Domain, start: float, end: float, budget: Budget) -> None:  # noqa: ARG002
        """Move the water of the round, at most what evens the two levels out."""
        levels = [domain.ground_at(*cell) + float(domain.depth[cell]) for cell in self.ends]
        flow = self.discharge((levels[0], levels[1]))
        if flow == 0.0:
            return
        source, target = self.ends if flow > 0 else self.ends[::-1]
        evening = 0.25 * abs(levels[0] - levels[1]) * domain.area
        pour(domain, target, withdraw(domain, source, min(abs(flow) * (end - start), evening)))


def source_cells(x: NDArray[Any], y: NDArray[Any], radius: float, rows: int, columns: int, cell: float) -> NDArray[np.int64]:
    """Grid cells that a place (one vertex) or a line crosses, or within a radius of it, [cells, 2], each once.

    ``x, y``: vertices, m east and m south of the grid's north-western corner.

    Examples
    --------
    >>> source_cells(np.array([5.0, 25.0]), np.array([5.0, 5.0]), 0.0, 3, 4, 10.0).tolist()
    [[0, 0], [0, 1], [0, 2]]
    """
    if len(x) == 1:
        return np.asarray(disc_cells(float(x[0]), float(y[0]), radius, rows, columns, cell), np.int64)
    path = shapely.LineString(np.column_stack([x, y]))
    across, down = (np.arange(columns) + 0.5) * cell, (np.arange(rows) + 0.5) * cell
    west, north, east, south = path.bounds
    reach = radius + cell
    j = np.flatnonzero((across > west - reach) & (across < east + reach))
    i = np.flatnonzero((down > north - reach) & (down < south + reach))
    places = np.stack(np.meshgrid(i, j, indexing="ij"), axis=-1).reshape(-1, 2)
    left, top = places[:, 1] * cell, places[:, 0] * cell
    area = path if radius <= 0 else path.buffer(radius)
    shapely.prepare(area)
    margin = 1e-6 * cell  # a line that only touches the side of a cell does not cross it
    inside = shapely.intersects(area, shapely.box(left + margin, top + margin, left + cell - margin, top + cell - margin))
    if not inside.any():  # it runs along sides only
        inside = shapely.intersects(area, shapely.box(left, top, left + cell, top + cell))
    return np.asarray(places[inside], np.int64)


def disc_cells(x: float, y: float, radius: float, rows: int, columns: int, cell: float) -> NDArray[Any]:
    """Grid cells whose middle lies within a radius of a point, at least the one that holds it, [cells, 2].

    ``x, y``: m east and m south of the grid's north-western corner.
    """
    dx = (np.arange(columns) + 0.5) * cell - x
    dy = (np.arange(rows) + 0.5) * cell - y
    inside = np.argwhere(dx[None, :] ** 2 + dy[:, None] ** 2 <= radius**2)
    return inside if len(inside) else np.array([[int(y // cell), int(x // cell)]])
