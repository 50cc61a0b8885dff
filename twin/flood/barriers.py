"""Lines that hold water back: thin dams on cell faces, overtopped as weirs, breached, and no cell is lost to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.flood.budget import Budget
from twin.flood.domain import LEFT, TOP, Domain
from twin.flood.faces import BROAD_CRESTED, NARROW, WEIR, Faces, found


@dataclass(frozen=True)
class FaceChain:
    """Faces that a line runs along, joined at their corners, so that nothing passes between them.

    Parameters
    ----------
    down
        True where water crosses the face north–south (a y face), [faces].
    rows, columns
        The grid cell south or east of each face.
    chainage
        Distance of the middle of each face along the line, m.
    stretch
        Length of the line / length of the chain: a stair is longer than its line, and its weir must not carry more.
    """

    down: NDArray[np.bool_]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    chainage: NDArray[np.float64]
    stretch: float

    def __len__(self) -> int:
        return len(self.rows)


def face_chain(x: NDArray[Any], y: NDArray[Any], rows: int, columns: int, cell: float) -> FaceChain:
    """The faces along a line, from corner to corner of cells; parts outside of the grid are left out.

    Parameters
    ----------
    x, y
        Vertices, m east and m south of the grid's north-western corner.

    Examples
    --------
    >>> chain = face_chain(np.array([20.0, 20.0]), np.array([0.0, 30.0]), 3, 4, 10.0)
    >>> chain.columns.tolist(), chain.rows.tolist(), chain.stretch   # west faces of column 2
    ([2, 2, 2], [0, 1, 2], 1.0)
    """
    u, v = np.asarray(x, float) / cell, np.asarray(y, float) / cell
    reach = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(u), np.diff(v)))])
    corners = [(round(u[0]), round(v[0]), 0.0)]
    for k in range(len(u) - 1):
        a, b = (round(u[k]), round(v[k])), (round(u[k + 1]), round(v[k + 1]))
        at, steps = a, abs(b[0] - a[0]) + abs(b[1] - a[1])
        step_x, step_y = (1 if b[0] > a[0] else -1), (1 if b[1] > a[1] else -1)
        for n in range(1, steps + 1):
            # the corner next to the line: of the two moves the one that stays closer
            across = at[0] + step_x, at[1]
            along = at[0], at[1] + step_y
            off = [abs((p[0] - a[0]) * (b[1] - a[1]) - (p[1] - a[1]) * (b[0] - a[0])) for p in (across, along)]
            if at[0] == b[0]:
                at = along
            elif at[1] == b[1]:
                at = across
            else:
                at = across if off[0] <= off[1] else along
            corners.append((*at, reach[k] + (reach[k + 1] - reach[k]) * n / steps))
    down, face_rows, face_columns, chainage = [], [], [], []
    for (x0, y0, s0), (x1, y1, s1) in pairwise(corners):
        level = y0 == y1
        row, column = (y0, min(x0, x1)) if level else (min(y0, y1), x0)
        inside = (0 < row < rows and 0 <= column < columns) if level else (0 <= row < rows and 0 < column < columns)
        if inside:
            down.append(level)
            face_rows.append(row)
            face_columns.append(column)
            chainage.append(0.5 * (s0 + s1) * cell)
    length = (len(corners) - 1) or 1
    return FaceChain(
        np.array(down, np.bool_), np.array(face_rows, np.int64), np.array(face_columns, np.int64),
        np.array(chainage, np.float64), min(float(reach[-1]) / length, 1.0) if reach[-1] else 1.0,
    )  # fmt: skip


@dataclass(frozen=True)
class Dam:
    """A chain with the elevation of its crest at each face, m above the datum."""

    chain: FaceChain
    crest: NDArray[np.float64]
    coefficient: float = BROAD_CRESTED


@dataclass(frozen=True)
class Breach:
    """A gap that grows in a line: from ``start`` on within ``growth`` seconds to its width and down to its bottom.

    Parameters
    ----------
    x, y
        Middle, m east and south of the grid's north-western corner.
    width
        Final width, m.
    bottom
        Elevation of its bottom at the end, m; None = the ground.
    start, growth
        s since the scenario's start; s.
    bank
        Reach across the line within which ground above the bottom is washed away too, m.
    """

    x: float
    y: float
    width: float
    bottom: float | None
    start: float
    growth: float
    bank: float = 0.0

    def share(self, time: float) -> float:
        """How far it has grown, 0 to 1, in steps of half a per cent: between them nothing has to be worked out anew."""
        grown = np.clip((time - self.start) / self.growth, 0.0, 1.0) if self.growth > 0 else float(time >= self.start)
        return float(np.floor(grown * 200.0) / 200.0)


@dataclass
class Barriers:
    """All thin dams of a round of steps, with the breaches in them.

    Where several stand on one face the highest counts. A crest that never stood above the ground is no weir, and does nothing;
    one that was breached down to the ground still is: what runs through the gap is bounded by its critical flow. A `Control`:
    breaches grow while it acts.
    """

    dams: Sequence[Dam]
    breaches: Sequence[Breach] = ()
    _crest: NDArray[np.float64] = field(init=False, repr=False)
    _shares: tuple[float, ...] = field(init=False, default=(), repr=False)
    _ground: NDArray[np.float64] | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        chains = [dam.chain for dam in self.dams]
        down = np.concatenate([c.down for c in chains]) if chains else np.zeros(0, np.bool_)
        rows = np.concatenate([c.rows for c in chains]) if chains else np.zeros(0, np.int64)
        columns = np.concatenate([c.columns for c in chains]) if chains else np.zeros(0, np.int64)
        crest = np.concatenate([d.crest for d in self.dams]) if chains else np.zeros(0)
        weir = np.concatenate([np.full(len(d.chain), d.coefficient * d.chain.stretch) for d in self.dams]) if chains else crest
        order = np.lexsort((-crest, columns, rows, down))
        key = np.column_stack([down, rows, columns])[order]
        first = np.ones(len(order), np.bool_)
        first[1:] = (np.diff(key, axis=0) != 0).any(axis=1)
        order = order[first]
        self.down, self.rows, self.columns = down[order], rows[order], columns[order]
        self._crest, self._weir = crest[order], weir[order]

    def faces(self, domain: Domain) -> tuple[Faces, Faces]:
        """The special faces: across x, across y."""
        made = []
        kind = np.where(self._stands(domain), WEIR, NARROW)
        for down in (False, True):
            m = self.down == down
            rows, columns = TOP + self.rows[m], LEFT + self.columns[m]
            numbers = np.column_stack([self._above(domain, self._crest)[m], self._weir[m], np.ones(m.sum())])
            made.append(Faces(rows, columns, kind[m], np.zeros(m.sum(), np.int64), numbers.astype(np.float32)))
        return made[0], made[1]

    def _stands(self, domain: Domain) -> NDArray[np.bool_]:
        """Whether each crest, unbroken, stands above the ground on both sides."""
        step = domain.z[TOP + self.rows, LEFT + self.columns].astype(np.float64)
        step -= domain.z[TOP + self.rows - self.down, LEFT + self.columns - ~self.down]
        return np.asarray(self._above(domain, self._crest) > np.maximum(step, 0.0))

    def _above(self, domain: Domain, crest: NDArray[np.float64]) -> NDArray[np.float64]:
        """Crest above the ground of the left (upper) cell."""
        rows, columns = TOP + self.rows - self.down, LEFT + self.columns - ~self.down
        return np.asarray(crest - domain.base - domain.z[rows, columns], np.float64)

    def crests_at(self, domain: Domain, time: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Crest at each face, m, and the open share of each, with the breaches as they stand."""
        crest, share = self._crest.copy(), np.ones(len(self._crest))
        cell = domain.cell
        x = (self.columns + np.where(self.down, 0.5, 0.0)) * cell
        y = (self.rows + np.where(self.down, 0.0, 0.5)) * cell
        for breach in self.breaches:
            grown = breach.share(time)
            if grown <= 0:
                continue
            away = np.hypot(x - breach.x, y - breach.y)
            half = 0.5 * breach.width * max(grown, 0.1)
            hit = away <= half
            if not hit.any() and len(away):
                hit[np.argmin(away)] = away.min() <= max(2.0 * cell, half)
            row, column = min(int(breach.y / cell), domain.rows - 1), min(int(breach.x / cell), domain.columns - 1)
            bottom = breach.bottom if breach.bottom is not None else domain.ground_at(max(row, 0), max(column, 0))
            crest[hit] = np.minimum(crest[hit], crest[hit] + grown * (bottom - crest[hit]))
            if breach.width < cell:
                share[hit] = max(breach.width * grown / cell, 0.01)
        return crest, share

    def by_cell(self, domain: Domain, time: float) -> NDArray[np.float32]:
        """Highest crest on the faces of each cell, m, [rows, columns]; −inf where nothing stands."""
        made = np.full((domain.rows, domain.columns), -np.inf, np.float32)
        crest = self.crests_at(domain, time)[0].astype(np.float32)
        np.maximum.at(made, (self.rows, self.columns), crest)
        np.maximum.at(made, (self.rows - self.down, self.columns - ~self.down), crest)
        return made

    def act(self, domain: Domain, start: float, end: float, budget: Budget) -> None:  # noqa: ARG002
        """Let the breaches grow."""
        if not self.breaches:
            return
        moment = 0.5 * (start + end)
        shares = tuple(breach.share(moment) for breach in self.breaches)
        if shares == self._shares:
            return
        self._shares = shares
        self._wash_away(domain, moment)
        crest, share = self.crests_at(domain, moment)
        above = self._above(domain, crest)
        for down, faces in ((False, domain.x_faces), (True, domain.y_faces)):
            m = self.down == down
            place = found(faces, TOP + self.rows[m], LEFT + self.columns[m])
            faces.numbers[place, 0], faces.numbers[place, 2] = above[m], np.where(faces.kind[place] == WEIR, share[m], 1.0)

    def _wash_away(self, domain: Domain, time: float) -> None:
        if not any(breach.bank > 0 and breach.bottom is not None for breach in self.breaches):
            return
        if self._ground is None:
            self._ground = domain.inner(domain.z).astype(np.float64) + domain.base
        ground, lowered = self._ground.copy(), np.zeros(self._ground.shape, np.bool_)
        for breach in self.breaches:
            grown = breach.share(time)
            if grown > 0 and breach.bank > 0 and breach.bottom is not None:
                cut = breach_cells(breach, domain.rows, domain.columns, domain.cell, grown) & (ground > breach.bottom)
                ground[cut] += grown * (breach.bottom - ground[cut])
                lowered |= cut
        lowered &= ~domain.blocked
        domain.inner(domain.z)[lowered] = ground[lowered] - domain.base  # a few cells: it happens in every round of steps


def breach_cells(breach: Breach, rows: int, columns: int, cell: float, grown: float) -> NDArray[np.bool_]:
    """Cells that a breach washes away: within half its width, at least one cell, at most ``bank`` from its middle."""
    x = (np.arange(columns) + 0.5) * cell - breach.x
    y = (np.arange(rows) + 0.5) * cell - breach.y
    reach = max(0.5 * breach.width * grown, 0.71 * cell, min(breach.bank, 0.5 * breach.width))
    made = np.zeros((rows, columns), np.bool_)
    near = np.ix_(np.abs(y) <= reach, np.abs(x) <= reach)
    made[near] = np.hypot(x[near[1]], y[near[0]]) <= reach
    return made
