"""Moves the water of a domain through time: step length, active blocks, threads, forcing, budget."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.flood.boundaries import InflowEdge
from twin.flood.budget import Budget, FloodError
from twin.flood.domain import BOTTOM, LEFT, TOP, Domain
from twin.flood.faces import STAGE, starts_of
from twin.flood.infiltration import CURVE_NUMBER, effective_rain, soak_rows, soil_rates
from twin.flood.kernel import PAD, SPARE_TILES, TILE, aligned
from twin.flood.local_inertial import ABOVE, BAND, BELOW, advance_rows, copy_rows
from twin.flood.pace import Pace
from twin.flood.products import fold_rows
from twin.flood.sources import Inflow
from twin.flood.tiles import ends, fed, scan_tiles, segments, spread

SYNC = 60
"""Step lengths are cut at whole multiples of this, s since the scenario's start, so that how a run is cut changes nothing."""
SPARE = ABOVE * BAND + BELOW * BAND + 2
SMALL = 30_000
"""Below so many cells a second thread costs more than it gives."""
LONGEST_ROUND = 20.0
"""Rain and soil act once per round of steps; a round is no longer than this, s."""
DEEPEST = 5e3
"""No water on Earth's land is this deep, m: the computation has gone wrong."""


@dataclass(frozen=True)
class Scheme:
    """Numbers of the local inertial scheme.

    Parameters
    ----------
    alpha
        Share of the longest stable step, Δx / √(g h).
    theta
        Weight of a face's own discharge against its neighbours'.
    dry
        Depth below which nothing flows, m.
    longest
        Longest step, s.
    wet
        Depth from which a cell counts as wet in arrival, duration and classes, m.
    """

    alpha: float = 0.5
    theta: float = 0.9
    dry: float = 1e-3
    longest: float = 5.0
    wet: float = 0.05


class Control(Protocol):
    """Something that acts on a domain from outside between rounds of steps."""

    def act(self, domain: Domain, start: float, end: float, budget: Budget) -> None:
        """Set what holds from ``start`` to ``end``, s since the scenario's start; count what it adds or takes."""


@dataclass(frozen=True)
class Forcing:
    """What acts on the water.

    Parameters
    ----------
    rain
        Rain between two moments, m, before any weight.
    rain_so_far
        Rain since the scenario's start, m: curve numbers need it.
    controls
        Everything else.
    """

    rain: Callable[[float, float], float] = lambda start, end: 0.0  # noqa: ARG005
    rain_so_far: Callable[[float], float] = lambda time: 0.0  # noqa: ARG005
    controls: Sequence[Control] = ()


class Solver:
    """Moves the water of a domain; the scheme is filled in by its two kinds.

    Parameters
    ----------
    domain
        The domain; changed in place.
    scheme
        Numbers of the scheme.
    threads
        How many threads; results are the same bits at any number.
    """

    _above, _below, _most_steps = 0, 0, BAND

    def __init__(self, domain: Domain, scheme: Scheme | None = None, *, threads: int = 1) -> None:
        self.domain, self.scheme = domain, scheme or Scheme()
        self.threads = max(1, threads if domain.rows * domain.columns >= SMALL else 1)
        rows, columns = domain.framed_rows, domain.framed_columns
        self._bands, tiles = -(-rows // BAND), (columns - 2 * PAD) // TILE
        if domain.h.shape[0] < rows + SPARE * self.threads:
            for name in ("h", "r", "qx", "qy"):
                longer = aligned(rows + SPARE * self.threads, columns)
                longer[:rows] = getattr(domain, name)[:rows]
                setattr(domain, name, longer)
        self._last_column = PAD + (tiles - SPARE_TILES) * TILE
        self._soak_rings = [aligned(4, columns) for _ in range(self.threads)]
        self._at = [np.arange(rows + 1, dtype=np.int64) for _ in range(self.threads)]
        self._wet = np.ones((self._bands, tiles), np.uint8)
        self._active = np.ones_like(self._wet)
        self._seg_start = np.zeros(self._bands + 1, np.int64)
        self._seg_lo, self._seg_hi = (np.zeros(self._bands * (tiles // 2 + 1), np.int64) for _ in range(2))
        self._greatest = np.zeros(rows, np.int32)
        self._outflow = np.zeros(rows)
        self._account = np.zeros((rows, 3))
        self._pace = Pace(self.threads)
        self.steps, self.updates = 0, 0

    def run(
        self, forcing: Forcing, start: float, end: float, budget: Budget, *, pulse: Callable[[float], None] | None = None
    ) -> None:
        """Move the water from ``start`` to ``end``, s since the scenario's start.

        Parameters
        ----------
        pulse
            Called after each round of a few steps with the moment reached. What it raises ends the run there: the domain then
            holds the water of that moment, and a run from it goes on as if nothing had happened.

        Raises
        ------
        UnstableError
            When a depth or a speed becomes infinite, NaN or absurd: the place and time are named. The domain is spoilt then;
            the last good state is the one from which the run began.
        FloodError
            When the rain is no number.
        """
        self._prepare(forcing, float(start))
        with ThreadPoolExecutor(max(self.threads - 1, 1)) as crew:
            now = float(start)
            while now < end - 1e-9:
                sync = min(float((math.floor(now / SYNC + 1e-9) + 1) * SYNC), float(end))
                left = sync - now
                while left > 1e-9:
                    patience = self._patience(forcing, sync - left, sync)
                    count = max(
                        1,
                        math.ceil(
                            left / min(self._longest_step(self._edge_depth(forcing, sync - left, sync)), patience) - 1e-9
                        ),
                    )
                    dt = left / count
                    steps = min(count, self._most_steps, max(1, int(min(LONGEST_ROUND, patience) / dt)))
                    after = sync if steps == count else sync - left + steps * dt
                    self._round(forcing, crew, sync - left, after, steps, dt, budget)
                    left = sync - after
                    if pulse is not None:
                        pulse(after)
                now = sync

    def _prepare(self, forcing: Forcing, time: float) -> None:
        domain = self.domain
        rows = domain.framed_rows
        for array in (domain.h, domain.r, domain.qx, domain.qy):
            if not math.isfinite(array[:rows].sum(dtype=np.float64)):
                row, column = np.argwhere(~np.isfinite(array[:rows]))[0]
                raise UnstableError(int(row) - TOP, int(column) - LEFT, time)
        self._x = domain.x_faces.arrays(rows, domain.room_beside(domain.x_faces, down=False))
        self._y = domain.y_faces.arrays(rows, domain.room_beside(domain.y_faces, down=True))
        self._ghost_start = starts_of(domain.ghosts[:, 0], rows)
        self._ghost_column = np.ascontiguousarray(domain.ghosts[:, 1])
        self._source_start = starts_of(domain.sources[:, 0], rows)
        self._source_column = np.ascontiguousarray(domain.sources[:, 1])
        self._rates = soil_rates(domain.soils)
        self._sewers = np.array([soil.sewer for soil in domain.soils])
        self._always = np.zeros_like(self._wet)
        for cells in (domain.sources, *(fed(f) for f in (domain.x_faces, domain.y_faces)), *map(ends, forcing.controls)):
            self._always[cells[:, 0] // BAND, (cells[:, 1] - PAD) // TILE] = 1
        self._narrow_start = starts_of(domain.narrow[:, 0], rows)
        self._narrow_column = np.ascontiguousarray(domain.narrow[:, 1])
        self._flowing_narrow = self._narrow_start, self._narrow_column, domain.openness
        self._soaks = any(soil.kind or soil.sewer for soil in domain.soils)
        self._wet[:] = 1
        self._deepest = float(domain.h[:rows].max(initial=0.0))
        scan_tiles(domain.h[:rows].view(np.int32), domain.qx[:rows].view(np.int32), domain.qy[:rows].view(np.int32),
                    np.float32(self.scheme.dry).view(np.int32), self._wet, TILE, PAD)  # fmt: skip

    def _edge_depth(self, forcing: Forcing, now: float, sync: float) -> float:
        """Greatest critical depth of what comes in over edges until ``sync``, m: it may come onto dry ground."""
        most = max((c.greatest(self.domain, now, sync) for c in forcing.controls if isinstance(c, InflowEdge)), default=0.0)
        return float((most * most / 9.81) ** (1 / 3))

    def _longest_step(self, coming: float) -> float:
        scheme = self.scheme
        depth = max(self._deepest, self._stage_depth(), coming, 1e-6)
        return min(scheme.longest, scheme.alpha * self.domain.cell / math.sqrt(9.81 * depth))

    def _stage_depth(self) -> float:
        return max((float(f[3][f[2][:, 0] == STAGE, 0].max(initial=0.0)) for f in (self._x, self._y)), default=0.0)

    def _patience(self, forcing: Forcing, now: float, sync: float) -> float:
        """Seconds before looking again, so that a point source does not fill its cell unseen."""
        fastest = sum(control.fastest(self.domain, now, sync) for control in forcing.controls if isinstance(control, Inflow))
        return (0.05 + 0.2 * self._deepest) / fastest if fastest > 0 else math.inf

    def _round(
        self, forcing: Forcing, crew: ThreadPoolExecutor, now: float, after: float, steps: int, dt: float, budget: Budget
    ) -> None:
        domain = self.domain
        for control in forcing.controls:
            control.act(domain, now, after, budget)
        fallen = forcing.rain(now, after)
        if not 0.0 <= fallen < math.inf:
            raise FloodError(
                "The rain from {start} s to {end} s is {rain} m; give a number that is not negative.",
                start=round(now, 1), end=round(after, 1), rain=fallen,
            )  # fmt: skip
        rain = self._rain(forcing, fallen, now, after)
        spread(self._wet, self._always, self._active)
        columns = segments(self._active, self._seg_start, self._seg_lo, self._seg_hi)
        updates = int(columns) * BAND * steps
        if len(domain.narrow):
            rows_, columns_ = domain.narrow.T
            wet = self._active[rows_ // BAND, (columns_ - PAD) // TILE] > 0
            self._flowing_narrow = starts_of(rows_[wet], domain.framed_rows), columns_[wet], domain.openness[wet]
        threads, began = self._pace.threads(), perf_counter()
        parts = self._parts(threads)
        spare = domain.framed_rows
        work = []
        for number, (first, last) in enumerate(parts):
            at = self._at[number]
            at[:] = np.arange(len(at))
            if len(parts) > 1:
                above, below = max(first - self._above * steps, 0), min(last + self._below * steps + 1, domain.framed_rows)
                at[above:first] = np.arange(spare, spare + first - above)
                spare += first - above
                at[last:below] = np.arange(spare, spare + below - last)
                spare += below - last
                for begin, end in ((above, first), (last, below)):
                    copy_rows(at, begin, end, domain.h, domain.r, domain.qx, domain.qy)
            work.append((number, first, last, steps, dt, after, after - now, rain, fallen > 0))
        waiting = [crew.submit(self._block, *job) for job in work[1:]]
        self._block(*work[0])
        for job in waiting:
            job.result()
        self._pace.note(threads, updates, perf_counter() - began)
        self.steps += steps
        self.updates += updates
        budget.add("steps", steps)
        self._look(after)
        if fallen > 0:
            self._wet[:] = 1

    def _rain(self, forcing: Forcing, fallen: float, now: float, after: float) -> NDArray[np.float32]:
        made = np.zeros(len(self.domain.soils), np.float32)
        for number, soil in enumerate(self.domain.soils):
            if number and fallen > 0:
                made[number] = fallen
                if soil.kind == CURVE_NUMBER:
                    total = forcing.rain_so_far
                    made[number] = effective_rain(total(after), soil) - effective_rain(total(now), soil)
        return made

    def _parts(self, threads: int) -> list[tuple[int, int]]:
        """Rows of each thread: about the same number of active columns each, cut between bands."""
        top, bottom = TOP - 1, self.domain.framed_rows - BOTTOM + 1
        if threads == 1:
            return [(top, bottom)]
        load = np.cumsum(self._active.sum(axis=1)) + 1e-3 * np.arange(self._bands)
        cuts = [int(np.searchsorted(load, load[-1] * k / threads)) * BAND for k in range(1, threads)]
        marks = [top, *(min(max(cut, top), bottom) for cut in cuts), bottom]
        return [(a, b) for a, b in pairwise(marks) if b > a]

    def _block(
        self,
        number: int,
        first: int,
        last: int,
        steps: int,
        dt: float,
        time: float,
        span: float,
        rain: NDArray[np.float32],
        rains: bool,
    ) -> None:
        d = self.domain
        top, bottom = TOP - 1, d.framed_rows - BOTTOM + 1
        self._advance(number, first, last, top, bottom, steps, dt)
        if rains or self._soaks:
            soak_rows(
                max(first, TOP), min(last, TOP + d.rows), PAD, self._last_column, rain, d.weight, d.soil, self._rates,
                (self._sewers * span).astype(np.float32), span, d.h, d.r, d.taken, self._soak_rings[number], self._account,
                self._narrow_start, self._narrow_column, d.openness,
            )  # fmt: skip
        self._fold(number, first, last, time, span)

    def _advance(self, number: int, first: int, last: int, top: int, bottom: int, steps: int, dt: float) -> None:
        raise NotImplementedError

    def _fold(self, number: int, first: int, last: int, time: float, span: float) -> None:
        raise NotImplementedError

    def _look(self, time: float) -> None:
        """Take the greatest depth, and stop when it is none."""
        self._deepest = float(self._greatest.max().view(np.float32))
        if not self._deepest < DEEPEST:
            row = int(np.argmax(self._greatest))
            raise unstable(row, np.abs(self.domain.h[row]), time)

    def close(self, budget: Budget) -> None:
        """Bring the budget up to date."""
        area = self.domain.area
        budget.add("edge_outflow", float(self._outflow.sum()) * area)
        rained, soaked, drained = (float(self._account[:, k].sum()) * area for k in range(3))
        budget.add("rain", rained)
        budget.add("infiltration", soaked)
        budget.add("sewer", drained)
        self._outflow[:] = 0.0
        self._account[:] = 0.0
        budget.close(self.domain.volume())


class LocalInertialSolver(Solver):
    """Local inertial flow, see `twin.flood.local_inertial`."""

    _above, _below = ABOVE, BELOW

    def __init__(self, domain: Domain, scheme: Scheme | None = None, *, threads: int = 1) -> None:
        super().__init__(domain, scheme, threads=threads)
        self._rings = [[aligned(4, domain.framed_columns) for _ in range(3)] for _ in range(self.threads)]
        for ring in self._rings:
            ring[2][:] = 1.0

    def _advance(self, number: int, first: int, last: int, top: int, bottom: int, steps: int, dt: float) -> None:
        d, s = self.domain, self.scheme
        advance_rows(
            first, last, top, bottom, self._at[number], steps, dt, 1.0 / d.cell, s.theta, s.dry, d.z, d.n, d.h, d.r, d.qx, d.qy,
            d.peak, self._seg_start, self._seg_lo, self._seg_hi, self._x, self._y, self._ghost_start, self._ghost_column,
            self._source_start, self._source_column, d.source_rate, *self._flowing_narrow, *self._rings[number], self._outflow,
        )  # fmt: skip

    def _fold(self, number: int, first: int, last: int, time: float, span: float) -> None:
        d = self.domain
        fold_rows(
            first, last, self._at[number], 1, d.h, d.h.view(np.int32), d.qx, d.qy, d.force, d.arrival_, d.wet, d.floor,
            d.hazard_, d.froude_, self._seg_start, self._seg_lo, self._seg_hi, self.scheme.wet, time, span,
            np.float32(self.scheme.dry).view(np.int32), TILE, PAD, self._wet, self._greatest,
        )  # fmt: skip


class UnstableError(FloodError):
    """A depth that is none, with its grid cell and moment."""

    def __init__(self, row: int, column: int, time: float) -> None:
        self.row, self.column, self.time = row, column, time
        super().__init__(
            "The flood computation became unstable at row {row}, column {column} after {time} s; give a smaller alpha, or "
            "the full solver.",
            row=row,
            column=column,
            time=round(time, 1),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the trip between processes."""
        return (UnstableError, (self.row, self.column, self.time))


def unstable(row: int, values: NDArray[Any], time: float) -> UnstableError:
    """Names the cell of a framed row where a value is greatest or none."""
    column = int(np.argmax(np.where(np.isnan(values), np.inf, values)))
    return UnstableError(row - TOP, column - LEFT, time)
