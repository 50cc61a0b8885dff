"""The solver of the full shallow water equations."""

from __future__ import annotations

import math

import numpy as np

from twin.flood.domain import Domain
from twin.flood.kernel import BLOCK, PAD, aligned
from twin.flood.products import fold_rows
from twin.flood.shallow_water import REACH, RINGS, advance_rows, fastest_wave
from twin.flood.solver import Scheme, Solver


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

    def _prepare(self) -> None:
        super()._prepare()
        d, rows = self.domain, self.domain.framed_rows
        with np.errstate(invalid="ignore"):
            deep = np.maximum(d.h[:rows], self.scheme.dry)
            speed = np.maximum(np.abs(d.qx[:rows]), np.abs(d.qy[:rows])) / deep + np.sqrt(9.81 * deep)
            self._fastest[:] = np.where(d.h[:rows] > self.scheme.dry, speed, 0.0).max(axis=1)

    def _longest_step(self) -> float:
        beyond = math.sqrt(9.81 * max(self._stage_depth(), 0.0))
        still = math.sqrt(9.81 * max(self._deepest, 0.0))  # it may start to run within the round
        speed = max(float(self._fastest.max()), 1.5 * still, 2.0 * beyond, 1e-3)
        return min(self.scheme.longest, self.scheme.alpha * self.domain.cell / speed)

    def _advance(self, number: int, first: int, last: int, top: int, bottom: int, steps: int, dt: float) -> None:
        d, s = self.domain, self.scheme
        advance_rows(
            first, last, top, bottom, self._at[number], steps, dt, 1.0 / d.cell, s.dry, d.z, d.n, d.h, d.r, d.qx, d.qy,
            d.peak, self._seg_start, self._seg_lo, self._seg_hi, self._x, self._y, self._ghost_start, self._ghost_column,
            self._source_start, self._source_column, d.source_rate, self._rings[number], self._outflow,
        )  # fmt: skip

    def _fold(self, number: int, first: int, last: int, time: float, span: float) -> None:
        d = self.domain
        segments = (self._seg_start, self._seg_lo, self._seg_hi)
        fold_rows(
            first, last, self._at[number], 0, d.h, d.h.view(np.int32), d.qx, d.qy, d.force, d.arrival_, d.wet, d.hazard_,
            d.froude_, *segments, self.scheme.wet, time, span,
            np.float32(self.scheme.dry).view(np.int32), BLOCK, PAD, self._wet, self._greatest,
        )  # fmt: skip
        fastest_wave(first, last, d.h, d.qx, d.qy, *segments, self.scheme.dry, self._speed_ring[number], self._fastest)
