"""Faces between cells that follow a law of their own: thin dams, weirs, gates, open edges, given levels and inflows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from twin.flood.kernel import f32, power_seven_thirds

CLOSED, WEIR, OPEN, STAGE, INFLOW, NARROW = 0, 1, 2, 3, 4, 5
BROAD_CRESTED = 1.705
"""Free flow over a broad crest, q = 1.705 H^1.5: (2/3)^1.5 √g, m^0.5/s."""

FaceArrays = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]


@njit(inline="always")
def weir_discharge(upstream, downstream, coefficient):  # type: ignore[no-untyped-def]
    """Unit discharge over a crest, m²/s; heads above the crest, m. Drowned flow after Villemonte 1947."""
    free = coefficient * upstream * np.sqrt(upstream)
    if downstream <= f32(0.0):
        return free
    ratio = min(downstream / upstream, f32(1.0))
    return free * (f32(1.0) - ratio * np.sqrt(ratio)) ** f32(0.385)


@njit(inline="always")
def inertial_discharge(q, h_flow, fall, n_2, g_dt, inv_dx):  # type: ignore[no-untyped-def]
    """Unit discharge after one step of the local inertial equation on one face, m²/s; friction is implicit."""
    p = power_seven_thirds(h_flow)
    free = q + g_dt * h_flow * fall * inv_dx
    return f32(2.0) * free * p / (p + np.sqrt(p * (p + f32(4.0) * g_dt * n_2 * abs(free))))


@njit(inline="always")
def open_share(faces, p):  # type: ignore[no-untyped-def]
    """Share of a special face that is open: what its law and the buildings on either side leave."""
    return min(faces[3][p, 2], faces[4][p, 0], faces[4][p, 1])


@njit(inline="always")
def special_flux(faces, p, z_l, z_r, h_l, h_r, n_l, n_r, q, plain, g_dt, inv_dx, h_min):  # type: ignore[no-untyped-def]
    """Unit discharge on one special face, m²/s, positive from the left (upper) cell to the right (lower) one.

    Parameters
    ----------
    plain
        What the face would carry without its law.
    """
    kind, side = faces[2][p, 0], faces[2][p, 1]
    first, second, share = faces[3][p, 0], faces[3][p, 1], open_share(faces, p)
    if kind == CLOSED:
        return f32(0.0)
    if kind == INFLOW:
        return -f32(side) * first
    q_open = q / max(share, f32(1e-6))  # what ran through the open part before
    if kind in (WEIR, NARROW):
        dz = z_r - z_l
        left, right = h_l, dz + h_r
        sill = max(f32(0.0), dz)
        n_2 = f32(0.5) * (n_l + n_r)
        if kind == WEIR:  # first = crest above the left ground, second = coefficient
            sill = max(sill, first)
            upper = max(left, right) - sill
            if upper <= f32(0.0):
                return f32(0.0)
            flow = inertial_discharge(q_open, max(upper, h_min), left - right, n_2, g_dt, inv_dx)
            most = weir_discharge(upper, min(left, right) - sill, second)
            return share * min(max(flow, -most), most)
        if share >= f32(1.0):
            return plain
        h_flow = max(left, right) - sill
        if h_flow <= h_min:
            return f32(0.0)
        return share * inertial_discharge(q_open, h_flow, left - right, n_2, g_dt, inv_dx)
    inside_h = h_l if side > 0 else h_r
    n_2 = n_l if side > 0 else n_r
    if kind == STAGE:  # first = depth of the given level above the inner ground
        h_flow = max(inside_h, first)
        if h_flow <= h_min:
            return f32(0.0)
        fall = f32(side) * (inside_h - max(first, f32(0.0)))
        return share * inertial_discharge(q_open, h_flow, fall, n_2, g_dt, f32(2.0) * inv_dx)  # the edge is half a cell away
    if inside_h <= h_min:  # OPEN: uniform flow at the slope ``first``, critical at most
        return f32(0.0)
    uniform = np.sqrt(power_seven_thirds(inside_h) * inside_h * first / max(n_2, f32(1e-8)))
    return f32(side) * share * min(uniform, inside_h * np.sqrt(f32(9.81) * inside_h))


@dataclass
class Faces:
    """Special faces of one direction, by row of the framed array.

    Parameters
    ----------
    rows, columns
        Place in the framed array: the face west (x) or north (y) of that cell.
    kind
        One of the laws of this file.
    side
        On an edge: +1 when the inside lies left (above), −1 when it lies right (below); else 0.
    numbers
        float32 [faces, 3], see `special_flux`.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    kind: NDArray[np.int64]
    side: NDArray[np.int64]
    numbers: NDArray[np.float32]

    @classmethod
    def none(cls) -> Faces:
        """No special faces."""
        empty = np.zeros(0, np.int64)
        return cls(empty, empty, empty, empty, np.zeros((0, 3), np.float32))

    @classmethod
    def joined(cls, parts: Iterable[Faces]) -> Faces:
        """Several sets as one, sorted by row; of two laws for one face the later counts."""
        every = [cls.none(), *parts]
        rows, columns, kind, side, numbers = (
            np.concatenate([getattr(part, name) for part in every]) for name in ("rows", "columns", "kind", "side", "numbers")
        )
        order = np.lexsort((np.arange(len(rows)), columns, rows))
        keep = np.ones(len(rows), np.bool_)
        keep[:-1] = (np.diff(rows[order]) != 0) | (np.diff(columns[order]) != 0)
        order = order[keep]
        return cls(rows[order], columns[order], kind[order], side[order], np.ascontiguousarray(numbers[order]))

    def arrays(self, total_rows: int, room: NDArray[np.float32]) -> FaceArrays:
        """What the kernels take: start of each row, columns, (kind, side), numbers, and the ``room`` in the two cells beside.

        ``room``: share of the left (upper) and the right (lower) cell that buildings leave to the water, [faces, 2].
        """
        start = np.searchsorted(self.rows, np.arange(total_rows + 1)).astype(np.int64)
        laws = np.ascontiguousarray(np.column_stack([self.kind, self.side]).astype(np.int64).reshape(-1, 2))
        return start, self.columns.astype(np.int64), laws, np.ascontiguousarray(self.numbers, dtype=np.float32), room

    def __len__(self) -> int:
        return len(self.rows)


def starts_of(rows: NDArray[Any], total_rows: int) -> NDArray[np.int64]:
    """Where each row begins in a list sorted by row, [rows + 1]."""
    return np.searchsorted(rows, np.arange(total_rows + 1)).astype(np.int64)


def found(faces: Faces, rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.intp]:
    """Place of each face in ``faces``; every one must be there."""
    width = int(max(faces.columns.max(initial=0), np.max(columns, initial=0))) + 1
    return np.asarray(np.searchsorted(faces.rows * width + faces.columns, np.asarray(rows) * width + columns), np.intp)
