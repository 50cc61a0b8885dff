"""The edge of a domain: where known ground ends. It is a wall unless a law is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.flood.budget import Budget
from twin.flood.curve import Curve
from twin.flood.domain import LEFT, TOP, Domain
from twin.flood.faces import INFLOW, NARROW, OPEN, STAGE, Faces, found

SIDES = ("north", "east", "south", "west")
LEAST_SLOPE = 1e-3
"""Slope at which water leaves over an open edge where the ground does not fall outward."""


@dataclass(frozen=True)
class Edge:
    """Faces between known ground and the outside.

    Parameters
    ----------
    down
        True where the face crosses north–south (a y face), [faces].
    rows, columns
        The inner grid cell of each.
    side
        +1 where the outside lies east or south, −1 where it lies west or north.
    """

    down: NDArray[np.bool_]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    side: NDArray[np.int64]

    def chosen(self, mask: NDArray[np.bool_]) -> Edge:
        """Some of the faces."""
        return Edge(self.down[mask], self.rows[mask], self.columns[mask], self.side[mask])

    def on(self, sides: Iterable[str]) -> NDArray[np.bool_]:
        """Which faces look to these sides."""
        looks = {"north": (True, -1), "south": (True, 1), "west": (False, -1), "east": (False, 1)}
        mask = np.zeros(len(self.rows), np.bool_)
        for name in sides:
            down, side = looks[name]
            mask |= (self.down == down) & (self.side == side)
        return mask

    def middles(self, cell: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Middle of each face, m east and m south of the grid's north-western corner."""
        x = (self.columns + 0.5 + np.where(self.down, 0.0, 0.5 * self.side)) * cell
        y = (self.rows + 0.5 + np.where(self.down, 0.5 * self.side, 0.0)) * cell
        return np.asarray(x, np.float64), np.asarray(y, np.float64)

    def framed(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Place of each face in the framed arrays."""
        after = self.side > 0
        return TOP + self.rows + (after & self.down), LEFT + self.columns + (after & ~self.down)

    def faces(self, kind: int, numbers: NDArray[Any]) -> tuple[Faces, Faces]:
        """Special faces of one law: across x, across y."""
        rows, columns = self.framed()
        made = []
        for down in (False, True):
            m = self.down == down
            made.append(Faces(rows[m], columns[m], np.full(m.sum(), kind), self.side[m], numbers[m].astype(np.float32)))
        return made[0], made[1]

    def __len__(self) -> int:
        return len(self.rows)


def edge_of(outside: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Edge:
    """Faces between ``inside`` cells and the outside: the end of the grid, or cells of unknown ground; both [rows, columns]."""
    beyond = np.pad(outside, 1, constant_values=True)
    parts = []
    for down, side, shifted in (
        (True, -1, beyond[:-2, 1:-1]), (True, 1, beyond[2:, 1:-1]),
        (False, -1, beyond[1:-1, :-2]), (False, 1, beyond[1:-1, 2:]),
    ):  # fmt: skip
        rows, columns = np.nonzero(inside & shifted)
        parts.append((np.full(len(rows), down), rows, columns, np.full(len(rows), side)))
    joined = [np.concatenate([part[k] for part in parts]) for k in range(4)]
    return Edge(joined[0].astype(np.bool_), *(part.astype(np.int64) for part in joined[1:]))


def chosen_stretch(edge: Edge, *, sides: Iterable[str], path: NDArray[Any] | None, near: float, cell: float) -> Edge:
    """The part of an edge on whole sides, or within ``near`` m of a path, m east and south of the corner, [vertices, 2]."""
    if path is None:
        return edge.chosen(edge.on(sides))
    return edge.chosen(np.asarray(shapely.dwithin(shapely.points(*edge.middles(cell)), shapely.LineString(path), near)))


def open_faces(edge: Edge, domain: Domain, *, slope: float | None = None) -> tuple[Faces, Faces]:
    """Edge over which water leaves in uniform flow, critical at most; none comes back.

    Parameters
    ----------
    slope
        Slope of the water outside; None = that of the ground towards the edge, at least 0.001.
    """
    ground = domain.inner(domain.z)
    back_r = np.clip(edge.rows - np.where(edge.down, edge.side, 0), 0, domain.rows - 1)
    back_c = np.clip(edge.columns - np.where(edge.down, 0, edge.side), 0, domain.columns - 1)
    fall = (ground[back_r, back_c] - ground[edge.rows, edge.columns]) / domain.cell
    usable = ~domain.blocked[back_r, back_c]
    slopes = np.where(usable, np.clip(fall, LEAST_SLOPE, 0.5), LEAST_SLOPE) if slope is None else np.full(len(edge), slope)
    return edge.faces(OPEN, np.column_stack([slopes, np.zeros_like(slopes), np.ones_like(slopes)]))


def narrow_faces(openness: NDArray[Any], blocked: NDArray[np.bool_]) -> tuple[Faces, Faces]:
    """Faces that buildings leave open in part only: as much as in the fuller one of the two cells beside them.

    Parameters
    ----------
    openness
        Share of each cell that buildings leave to the water, [rows, columns].
    blocked
        Cells that no water can enter.

    Examples
    --------
    >>> x, y = narrow_faces(np.array([[1.0, 0.4, 0.6]]), np.zeros((1, 3), bool))
    >>> x.columns.tolist() == [LEFT + 1, LEFT + 2], x.numbers[:, 2].round(2).tolist(), len(y)
    (True, [0.4000000059604645, 0.4000000059604645], 0)
    """
    made = []
    for down in (False, True):
        one, other = (openness[:-1], openness[1:]) if down else (openness[:, :-1], openness[:, 1:])
        shut = blocked[:-1] | blocked[1:] if down else blocked[:, :-1] | blocked[:, 1:]
        share = np.minimum(one, other)
        rows, columns = np.nonzero((share < 1.0) & ~shut)
        numbers = np.zeros((len(rows), 3), np.float32)
        numbers[:, 2] = share[rows, columns]
        kind, side = np.full(len(rows), NARROW), np.zeros(len(rows), np.int64)
        made.append(Faces(TOP + rows + down, LEFT + columns + (not down), kind, side, numbers))
    return made[0], made[1]


def stage_faces(edge: Edge) -> tuple[Faces, Faces]:
    """Edge at a given level, set by a `StageEdge`; dry until then."""
    return edge.faces(STAGE, np.tile([-1.0, 0.0, 1.0], (len(edge), 1)))


def inflow_faces(edge: Edge) -> tuple[Faces, Faces]:
    """Edge over which a given discharge enters, set by an `InflowEdge`; none until then."""
    return edge.faces(INFLOW, np.tile([0.0, 0.0, 1.0], (len(edge), 1)))


@dataclass
class StageEdge:
    """Keeps an edge at a level over time, m above the datum."""

    edge: Edge
    level: Curve

    def act(self, domain: Domain, start: float, end: float, budget: Budget) -> None:  # noqa: ARG002
        """Set the level of the middle of the round."""
        level = self.level.mean(start, end) - domain.base
        rows, columns = self.edge.framed()
        ground = domain.z[TOP + self.edge.rows, LEFT + self.edge.columns]
        for down, faces in ((False, domain.x_faces), (True, domain.y_faces)):
            m = self.edge.down == down
            faces.numbers[found(faces, rows[m], columns[m]), 0] = level - ground[m]


@dataclass
class InflowEdge:
    """Lets a discharge in over an edge, m³/s, shared by depth^(5/3): most where the edge is deepest."""

    edge: Edge
    discharge: Curve

    def greatest(self, domain: Domain, start: float, end: float) -> float:
        """Greatest mean unit discharge of a span, m²/s."""
        return self.discharge.greatest(start, end) / (len(self.edge) * domain.cell)

    def act(self, domain: Domain, start: float, end: float, budget: Budget) -> None:  # noqa: ARG002
        """Set the mean discharge of the round."""
        total = self.discharge.mean(start, end)
        ground = domain.z[TOP + self.edge.rows, LEFT + self.edge.columns].astype(np.float64)
        depth = domain.h[TOP + self.edge.rows, LEFT + self.edge.columns] + np.maximum(0.1 - (ground - ground.min()), 0.0)
        share = depth ** (5 / 3)
        unit = total * share / (share.sum() * domain.cell)
        rows, columns = self.edge.framed()
        for down, faces in ((False, domain.x_faces), (True, domain.y_faces)):
            m = self.edge.down == down
            faces.numbers[found(faces, rows[m], columns[m]), 0] = unit[m]
