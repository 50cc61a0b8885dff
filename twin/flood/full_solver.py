"""The solver of the full shallow water equations."""

from __future__ import annotations

import math

import numpy as np

from twin.flood.domain import Domain
from twin.flood.kernel import PAD, TILE, aligned
from twin.flood.products import fold_rows
from twin.flood.shallow_water import REACH, RINGS, advance_rows, fastest_wave
from twin.flood.solver import Forcing, Scheme, Solver, unstable
from twin.flood.tiles import segments

FASTEST = np.float32(500.0)
"""No water on Earth's land is this fast, m/s: the computation has gone wrong."""


class ShallowWaterSolver(Solver):
    """Full shallow water flow, see `twin.flood.shallow_water`.

    ``qx, qy`` of the domain hold depth × velocity in the cells. ``alpha`` is the Courant number, 0.45 at most.
    """

    _above, _below, _most_steps = REACH, REACH, 4

    def __init__(self, domain: Domain, scheme: Scheme | None = None, *, threads: int = 1) -> None:
        super().__init__(domain, scheme or Scheme(alpha=0.4), threads=threads)
        columns = domain.framed_columns
        self._rings = [aligned(RINGS * 4, columns).reshape(RINGS, 4, columns) for _ in range(self.threads)]
        self._speed_ring = [aligned(1, columns)[0] for _ in range(self.threads)]
        self._fastest = np.zeros(domain.framed_rows, np.float32)

    def _look(self, time: float) -> None:
        """Take the greatest depth and speed, and stop when one is none."""
        super()._look(time)
        bits = self._fastest.view(np.int32)  # by their bits, in which order NaN comes last
        if bits.max() < FASTEST.view(np.int32):
            return
        d, row = self.domain, int(np.argmax(bits))
        with np.errstate(all="ignore"):
            speed = (np.abs(d.qx[row]) + np.abs(d.qy[row])) / np.maximum(d.h[row], self.scheme.dry)
        raise unstable(row, np.where(d.h[row] > self.scheme.dry, speed, 0.0), time)

    def _prepare(self, forcing: Forcing, time: float) -> None:
        super()._prepare(forcing, time)
        self._active[:] = 1
        segments(self._active, self._seg_start, self._seg_lo, self._seg_hi)
        self._take_speeds(0, 0, self.domain.framed_rows)  # by the kernel of every round, so that a restart has the same bits

    def _longest_step(self, coming: float) -> float:
        beyond = math.sqrt(9.81 * max(self._stage_depth(), coming, 0.0))
        still = math.sqrt(9.81 * max(self._deepest, 0.0))  # it may start to run within the round
        speed = max(float(self._fastest.max()), 1.5 * still, 2.0 * beyond, 1e-3)
        return min(self.scheme.longest, self.scheme.alpha * self.domain.cell / speed)

    def _advance(self, number: int, first: int, last: int, top: int, bottom: int, steps: int, dt: float) -> None:
        d, s = self.domain, self.scheme
        advance_rows(
            first, last, top, bottom, self._at[number], steps, dt, 1.0 / d.cell, s.dry, d.z, d.n, d.h, d.r, d.qx, d.qy,
            d.peak, self._seg_start, self._seg_lo, self._seg_hi, self._x, self._y, self._ghost_start, self._ghost_column,
            self._source_start, self._source_column, d.source_rate, *self._flowing_narrow, self._rings[number],
            self._outflow,
        )  # fmt: skip

    def _fold(self, number: int, first: int, last: int, time: float, span: float) -> None:
        d = self.domain
        fold_rows(
            first, last, self._at[number], 0, d.h, d.h.view(np.int32), d.qx, d.qy, d.force, d.arrival_, d.wet, d.floor,
            d.hazard_, d.froude_, self._seg_start, self._seg_lo, self._seg_hi, self.scheme.wet, time, span,
            np.float32(self.scheme.dry).view(np.int32), TILE, PAD, self._wet, self._greatest,
        )  # fmt: skip
        self._take_speeds(number, first, last)

    def _take_speeds(self, number: int, first: int, last: int) -> None:
        d, ring = self.domain, self._speed_ring[number]
        columns = (self._seg_start, self._seg_lo, self._seg_hi)
        fastest_wave(first, last, d.h, d.qx, d.qy, *columns, self.scheme.dry, ring, self._fastest)
