"""What people ask of a flood: greatest depth and force, arrival, how long, hazard classes, and where the scheme is trusted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.flood.kernel import f32, kernel, vector_kernel
from twin.flood.local_inertial import BAND

NEVER = np.float32(np.inf)
HAZARD_CLASSES = {0: "dry", 1: "H1", 2: "H2", 3: "H3", 4: "H4", 5: "H5", 6: "H6"}
"""AIDR Guideline 7-3 (see DOMAIN.md): the lowest class whose limits of D×V, depth and speed all hold."""
GROUND_FLOOR = np.float32(0.5)
"""Depths above which time is counted, m: walking is hard; Japan's duration of inundation (浸水継続時間) counts from here."""
_LIMITS = {
    grade: tuple(map(np.float32, limits))
    for grade, limits in enumerate(((0.3, 0.3, 2.0), (0.6, 0.5, 2.0), (0.6, 1.2, 2.0), (1.0, 2.0, 2.0), (4.0, 4.0, 4.0)), 1)
}
"""Greatest D×V, m²/s, depth, m, and speed, m/s, of each class."""
TRUST = {0: "trusted", 1: "caution, Froude number above 0.5", 2: "outside, Froude number above 1"}


def hazard_class(depth: NDArray[Any], speed: NDArray[Any]) -> NDArray[np.uint8]:
    """Hazard class of AIDR Guideline 7-3 from depth, m, and speed, m/s, same shape; 255 where one of them is unknown.

    The lowest class whose limits of D×V, depth and speed all hold; 0 where there is no water.

    Examples
    --------
    >>> hazard_class(np.array([0.0, 0.3, 0.5, 1.2, 0.1, 5.0, np.nan]), np.array([0, 1.0, 1.2, 0.5, 2.5, 0.0, 1.0])).tolist()
    [0, 1, 2, 3, 5, 6, 255]
    """
    depth, speed = np.asarray(depth, np.float32), np.asarray(speed, np.float32)
    made = np.ones(np.broadcast_shapes(depth.shape, speed.shape), np.uint8)
    with np.errstate(invalid="ignore"):
        force = depth * speed
        for grade, (most_force, most_depth, most_speed) in _LIMITS.items():
            over = (force > most_force) | (depth > most_depth) | (speed > most_speed)
            made = np.where(over, np.uint8(grade + 1), made)
        made = np.where(depth > 0, made, np.uint8(0))
    return np.where(np.isnan(depth) | np.isnan(speed), np.uint8(255), made).astype(np.uint8)


@vector_kernel
def row_products(w, e, n, s, h, force, arrival, wet_time, floor, hazard, froude, wet, time, span):  # type: ignore[no-untyped-def]
    """Fold one row at one moment into its products.

    ``w, e, n, s``: unit discharge on the four faces, m²/s. ``force``: greatest D×V so far. ``arrival``: first moment with at
    least ``wet`` metres. ``wet_time``, ``floor``: how long so, and with `GROUND_FLOOR`. ``hazard``,
    ``froude``: greatest class so far.
    """
    one, nil = np.uint8(1), np.uint8(0)
    for j in range(h.shape[0]):
        x, y = f32(0.5) * (w[j] + e[j]), f32(0.5) * (n[j] + s[j])
        d = h[j]
        square = x * x + y * y
        q = np.sqrt(square)
        is_wet = d >= wet
        force[j] = max(force[j], q)
        arrival[j] = min(arrival[j], time) if is_wet else arrival[j]
        wet_time[j] += span if is_wet else f32(0.0)
        floor[j] += span if d >= GROUND_FLOOR else f32(0.0)
        fast = (one if q > f32(0.5) * d * np.sqrt(f32(9.81) * d) else nil) + (one if q > d * np.sqrt(f32(9.81) * d) else nil)
        froude[j] = max(froude[j], fast if is_wet else nil)
        by_depth = (
            one + (one if d > f32(0.3) else nil) + (one if d > f32(0.5) else nil) + (one if d > f32(1.2) else nil)
            + (one if d > f32(2.0) else nil) + (one if d > f32(4.0) else nil)
        )  # fmt: skip
        by_force = (
            one + (one if q > f32(0.3) else nil) + (np.uint8(2) if q > f32(0.6) else nil)
            + (one if q > f32(1.0) else nil) + (one if q > f32(4.0) else nil)
        )  # fmt: skip
        by_speed = one + (np.uint8(4) if q > f32(2.0) * d else nil) + (one if q > f32(4.0) * d else nil)
        grade = max(by_depth, by_force, by_speed)
        hazard[j] = max(hazard[j], grade if is_wet else nil)


@kernel
def greatest_bits(h_bits):  # type: ignore[no-untyped-def]
    """Greatest value of non-negative floats by their bits, in which order infinity and NaN come last: found, never lost."""
    greatest = np.int32(0)
    for j in range(h_bits.shape[0]):
        value = h_bits[j] & np.int32(0x7FFFFFFF)
        greatest = max(greatest, value)
    return greatest


@kernel
def fold_rows(  # type: ignore[no-untyped-def]
    first, last, at, shift, h, h_bits, qx, qy, force, arrival, wet_time, floor, hazard, froude, seg_start, seg_lo,
    seg_hi, wet, time, span, h_min, block, pad, wet_blocks, greatest,
):  # fmt: skip
    """Fold the active part of some rows into the products; say which blocks are wet, and the greatest depth of each row.

    ``shift``: 1 when ``qx, qy`` stand on faces, 0 when they stand in the cells.
    """
    for i in range(first, last):
        o, o_s, band = at[i], at[i + shift], i // BAND
        if i == first or i % BAND == 0:
            wet_blocks[band, :] = 0
        top = np.int32(0)
        for s in range(seg_start[band], seg_start[band + 1]):
            a, b = seg_lo[s], seg_hi[s]
            row_products(
                qx[o, a:b], qx[o, a+shift:b+shift], qy[o, a:b], qy[o_s, a:b], h[o, a:b], force[i, a:b], arrival[i, a:b],
                wet_time[i, a:b], floor[i, a:b], hazard[i, a:b], froude[i, a:b], f32(wet), f32(time), f32(span),
            )  # fmt: skip
            for k in range(a, b, block):
                deepest = greatest_bits(h_bits[o, k : k + block])
                top = max(top, deepest)
                if not wet_blocks[band, (k - pad) // block]:
                    flowing = max(
                        greatest_bits(qx[o, k : k + block].view(np.int32)), greatest_bits(qy[o, k : k + block].view(np.int32))
                    )
                    if deepest > h_min or flowing > 0:
                        wet_blocks[band, (k - pad) // block] = 1
        greatest[i] = top
