"""Rain reaching the ground, and water leaving it into soil and sewers.

Ground comes in up to 255 classes; class 0 takes nothing. A kernel takes all of it once per few steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.flood.kernel import f32, kernel, summing_kernel, vector_kernel

NONE, CONSTANT, HORTON, GREEN_AMPT = 0, 1, 2, 3
CURVE_NUMBER = 4  # acts on the rain before it reaches the ground


@dataclass(frozen=True)
class Soil:
    """How one class of ground takes water.

    Parameters
    ----------
    kind
        One of the laws of this file.
    a, b, c
        Constant: a = rate, m/s. Horton 1941: a = first rate, b = last rate, m/s, c = decay, 1/s. Green & Ampt 1911: a =
        conductivity, m/s, b = suction head × moisture deficit, m. Curve number (SCS/NRCS): a = potential retention S, m,
        b = initial abstraction, m.
    sewer
        What the drains take at most, m/s.
    """

    kind: int = NONE
    a: float = 0.0
    b: float = 0.0
    c: float = 0.0
    sewer: float = 0.0


def curve_number_soil(number: float, *, abstraction: float = 0.2, sewer: float = 0.0) -> Soil:
    """Soil of an SCS curve number.

    Examples
    --------
    >>> round(curve_number_soil(80).a, 4)   # S = 25400/80 − 254 mm
    0.0635
    """
    retention = (25400.0 / number - 254.0) / 1000.0
    return Soil(CURVE_NUMBER, retention, abstraction * retention, sewer=sewer)


def effective_rain(total: float, soil: Soil) -> float:
    """Part of all rain so far that runs off, m: Pe = (P − Ia)² / (P − Ia + S) for a curve number, else all of it.

    Examples
    --------
    >>> round(effective_rain(0.100, curve_number_soil(80)), 4)
    0.0505
    """
    if soil.kind != CURVE_NUMBER:
        return total
    over = max(total - soil.b, 0.0)
    return over * over / (over + soil.a) if over > 0 else 0.0


MOST_TAKEN = 1.0
"""Depth of soil water up to which rates are tabulated, m; beyond, the last rate holds."""
POINTS = 512
_FIRST_FILM = 1e-4  # m: Green & Ampt's rate is infinite at the very start


def soil_rates(soils: tuple[Soil, ...]) -> NDArray[np.float32]:
    """What soil can take, m/s, by what it has taken so far, [classes, POINTS + 1], at MOST_TAKEN × (point / POINTS)².

    It follows the water taken, not the clock: while it is dry the clocks of Horton and of Green & Ampt stand still.

    Examples
    --------
    >>> rates = soil_rates((Soil(), Soil(GREEN_AMPT, 1e-6, 0.05)))     # f = K (1 + ψ Δθ / F)
    >>> round(float(rates[-1]) * 1e6, 4)
    1.05
    """
    taken = MOST_TAKEN * np.square(np.arange(POINTS + 1) / POINTS)
    made = np.zeros((len(soils), POINTS + 1), np.float32)
    for row, soil in zip(made, soils, strict=True):
        if soil.kind == CONSTANT:
            row[:] = soil.a
        elif soil.kind == GREEN_AMPT:
            row[:] = soil.a * (1.0 + soil.b / np.maximum(taken, _FIRST_FILM))
        elif soil.kind == HORTON:
            times = np.concatenate([[0.0], np.geomspace(1e-3, 50.0, 4000)]) / max(soil.c, 1e-9)
            decay = np.exp(-soil.c * times)
            sums = soil.b * times + (soil.a - soil.b) / max(soil.c, 1e-9) * (1.0 - decay)
            row[:] = np.interp(taken, sums, soil.b + (soil.a - soil.b) * decay, right=soil.b)
    return made.reshape(-1)


@vector_kernel
def take_up(rain, weight, soil, rates, sewers, span, h, r, taken, fallen, soaked, drained):  # type: ignore[no-untyped-def]
    """Add rain to one row and take from it what soil and sewers can, within ``span`` seconds.

    Parameters
    ----------
    rain, sewers
        By class, m: depth of rain, most that drains take.
    weight
        Share of the rain that each cell gets.
    soil, rates
        Class of each cell, and `soil_rates`.
    h, r, taken
        Depth, its residual, what the soil has taken so far, m, changed in place.
    fallen, soaked, drained
        Filled: what came and went, m.
    """
    zero, half_span = f32(0.0), f32(0.5) * span
    scale, last = f32(POINTS / MOST_TAKEN**0.5), f32(POINTS)
    for j in range(h.shape[0]):
        kind = np.int32(soil[j])
        came = rain[kind] * weight[j]
        water = max(h[j] + (r[j] + came), zero)
        place = kind * np.int32(POINTS + 1)
        first = rates[place + np.int32(min(np.sqrt(taken[j]) * scale, last))]
        rate = rates[place + np.int32(min(np.sqrt(taken[j] + first * half_span) * scale + f32(0.5), last))]
        into_soil = min(rate * span, water)
        into_sewer = min(sewers[kind], water - into_soil)
        taken[j] += into_soil
        fallen[j], soaked[j], drained[j] = came, into_soil, into_sewer
        delta = (came - (into_soil + into_sewer)) + r[j]
        v = h[j] + delta
        h_new = zero if v < zero else v
        r[j] = delta - (h_new - h[j])
        h[j] = h_new


@summing_kernel
def row_sum(values):  # type: ignore[no-untyped-def]
    """Sum of one row in double precision."""
    total = 0.0
    for j in range(values.shape[0]):
        total += np.float64(values[j])
    return total


@kernel
def soak_rows(  # type: ignore[no-untyped-def]
    first, last, a, b, rain, weight, soil, rates, sewers, span, h, r, taken, rings, account, narrow_start, narrow_column,
    openness,
):  # fmt: skip
    """Rain, soil and sewers on some rows; ``account`` [rows, 3] gains what fell, soaked and drained, m summed over cells.

    ``narrow_start, narrow_column, openness``: by row the cells of which buildings leave only that share to the water.
    """
    for i in range(first, last):
        take_up(rain, weight[i, a:b], soil[i, a:b], rates, sewers, f32(span), h[i, a:b], r[i, a:b], taken[i, a:b],
                rings[0, a:b], rings[1, a:b], rings[2, a:b])  # fmt: skip
        for k in range(3):
            account[i, k] += row_sum(rings[k, a:b])
            for p in range(narrow_start[i], narrow_start[i + 1]):
                account[i, k] -= np.float64(rings[k, narrow_column[p]]) * (1.0 - np.float64(openness[p]))
