"""Which cells a line crosses, exactly, and how it runs through them."""

from __future__ import annotations

import numpy as np

from geodata.overlays.kernel import kernel

SHORTEST = 1e-9
"""A stay in a cell shorter than this (in cells) is rounding at a corner or border, not a stay."""


@kernel
def pieces_bound(x, y, start, stop, rows, columns):  # type: ignore[no-untyped-def]
    """More pieces than `trace_line` will make of one line."""
    bound = 0
    for i in range(start, stop - 1):
        across = abs(min(max(x[i + 1], 0.0), float(columns)) - min(max(x[i], 0.0), float(columns)))
        down = abs(min(max(y[i + 1], 0.0), float(rows)) - min(max(y[i], 0.0), float(rows)))
        bound += int(across) + int(down) + 6 if np.isfinite(across + down) else 1
    return bound


@kernel
def trace_line(x, y, start, stop, rows, columns, cells, lengths, segments, begins, ends):  # type: ignore[no-untyped-def]
    """Cut one line at every grid line it crosses, in the order in which it runs.

    The crossings with vertical and with horizontal grid lines are two ascending sequences, merged on the way (Amanatides
    & Woo 1987, A fast voxel traversal algorithm for ray tracing), but each is computed from its grid line instead of
    being added up, and the cell of a piece is the one that holds the middle of the piece. So a vertex on a border, a pass
    through a corner and the direction of the line need no special case. A stretch that runs along a border belongs to
    the cell east or south of it, as a point there does (`Grid.cell_of`).

    Parameters
    ----------
    x, y
        Vertices in cells from the grid's upper left corner, y downwards; the line is ``[start:stop]``.
    cells, lengths, segments, begins, ends
        Filled per piece: flat cell index (−1 outside of the grid), length in cells, vertex at which its segment begins,
        and where on that segment (0–1) it begins and ends. At least `pieces_bound` long.

    Returns
    -------
    int: number of pieces
    """
    used = 0
    for i in range(start, stop - 1):
        dx, dy = x[i + 1] - x[i], y[i + 1] - y[i]
        length = np.hypot(dx, dy)
        if not length > 0.0:  # also NaN
            continue
        enter, leave = 0.0, 1.0  # Liang & Barsky 1984: the part of the segment within the grid
        if dx != 0.0:
            a, b = -x[i] / dx, (columns - x[i]) / dx
            enter, leave = max(enter, min(a, b)), min(leave, max(a, b))
        elif x[i] < 0.0 or x[i] >= columns:
            leave = -1.0
        if dy != 0.0:
            a, b = -y[i] / dy, (rows - y[i]) / dy
            enter, leave = max(enter, min(a, b)), min(leave, max(a, b))
        elif y[i] < 0.0 or y[i] >= rows:
            leave = -1.0
        if enter >= leave:
            cells[used], lengths[used], segments[used], begins[used], ends[used] = -1, length, i, 0.0, 1.0
            used += 1
            continue
        if enter * length > SHORTEST:
            cells[used], lengths[used], segments[used], begins[used], ends[used] = -1, enter * length, i, 0.0, enter
            used += 1
        step_x, step_y = (1 if dx > 0.0 else -1), (1 if dy > 0.0 else -1)
        at_x, at_y = x[i] + enter * dx, y[i] + enter * dy
        line_x = np.floor(at_x) + 1.0 if dx > 0.0 else np.ceil(at_x) - 1.0
        line_y = np.floor(at_y) + 1.0 if dy > 0.0 else np.ceil(at_y) - 1.0
        here = enter
        while here < leave:
            next_x = (line_x - x[i]) / dx if dx != 0.0 else np.inf
            next_y = (line_y - y[i]) / dy if dy != 0.0 else np.inf
            there = min(next_x, next_y, leave)
            if next_x <= there:
                line_x += step_x
            if next_y <= there:
                line_y += step_y
            if (there - here) * length <= SHORTEST:
                if there >= leave:
                    break
                continue  # the rest joins the next piece
            middle = 0.5 * (here + there)
            column, row = int(np.floor(x[i] + middle * dx)), int(np.floor(y[i] + middle * dy))
            inside = 0 <= row < rows and 0 <= column < columns
            cells[used] = row * columns + column if inside else -1
            lengths[used], segments[used], begins[used], ends[used] = (there - here) * length, i, here, there
            used += 1
            here = there
        if (1.0 - leave) * length > SHORTEST:
            cells[used], lengths[used], segments[used], begins[used], ends[used] = -1, (1.0 - leave) * length, i, leave, 1.0
            used += 1
    return used
