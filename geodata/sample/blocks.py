"""Blocks: lattice cells cut again and again by new streets until they suit what is built there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodata.sample.lattice import Lattice
from geodata.sample.noise import Floats
from geodata.sample.plan import Plan
from geodata.sample.zones import BUILT, Zones

# zone: (short side m, long side m, irregularity of the cuts, width of the new streets m)
CUTS = {
    "old": (29.0, 52.0, 0.17, 3.6),
    "station": (40.0, 72.0, 0.05, 7.0),
    "residential": (34.0, 76.0, 0.11, 5.0),
    "new": (33.0, 88.0, 0.07, 6.0),
    "industrial": (95.0, 160.0, 0.06, 9.0),
    "village": (62.0, 84.0, 0.17, 4.0),
    "school": (80.0, 210.0, 0.08, 6.0),
    "hospital": (80.0, 210.0, 0.08, 7.0),
    "city_hall": (80.0, 210.0, 0.08, 8.0),
    "park": (90.0, 260.0, 0.08, 5.0),
}
DEEPEST = 7


@dataclass(frozen=True)
class Blocks:
    """Blocks and the streets between them, for every cell that is laid out.

    Attributes
    ----------
    corners
        [block, 4, 2], counter-clockwise, on street centre lines.
    sides
        [block, 4]: number of the line along each side (side k runs from corner k to corner k + 1).
    cell
        [block]: flat index of the lattice cell it was cut from.
    line_start, line_end
        [line, 2] coordinates of each line's ends: first the lattice's lines along the rows, then those along the columns,
        then the cuts.
    line_width
        [line], m; 0 until streets give the lattice's lines theirs.
    line_cell
        [line]: the cell that a cut belongs to; −1 for lines of the lattice.
    stop_line, stop_cut, stop_point
        Where a cut (``stop_cut``) ends on another line (``stop_line``): [stop], [stop], [stop, 2].
    """

    corners: Floats
    sides: NDArray[np.int64]
    cell: NDArray[np.int64]
    line_start: Floats
    line_end: Floats
    line_width: Floats
    line_cell: NDArray[np.int64]
    stop_line: NDArray[np.int64]
    stop_cut: NDArray[np.int64]
    stop_point: Floats


def row_lines(lattice: Lattice) -> NDArray[np.int64]:
    """Numbers of the lattice's lines along rows, [i, j] from node (i, j) to node (i + 1, j)."""
    columns, rows = len(lattice.u), len(lattice.v)
    return np.arange((columns - 1) * rows).reshape(columns - 1, rows)


def column_lines(lattice: Lattice) -> NDArray[np.int64]:
    """Numbers of the lattice's lines along columns, [i, j] from node (i, j) to node (i, j + 1)."""
    columns, rows = len(lattice.u), len(lattice.v)
    return (columns - 1) * rows + np.arange(columns * (rows - 1)).reshape(columns, rows - 1)


def cut_blocks(plan: Plan, lattice: Lattice, zones: Zones) -> Blocks:
    """Cut every laid-out cell into blocks; the same number of random draws whatever the cells' shapes."""
    random = plan.random("blocks")
    nodes, along, across = lattice.nodes, row_lines(lattice), column_lines(lattice)
    starts = [nodes[:-1].reshape(-1, 2), nodes[:, :-1].reshape(-1, 2)]
    ends = [nodes[1:].reshape(-1, 2), nodes[:, 1:].reshape(-1, 2)]
    lines = along.size + across.size
    zone = zones.zone
    i, j = np.nonzero(np.isin(zone, BUILT))
    corners = np.stack([nodes[i, j], nodes[i + 1, j], nodes[i + 1, j + 1], nodes[i, j + 1]], axis=1)
    sides = np.stack([along[i, j], across[i + 1, j], along[i, j + 1], across[i, j]], axis=1)
    cell = i * zone.shape[1] + j
    numbers = np.array([CUTS[name] for name in zone[i, j]]).reshape(-1, 4)
    # neighbouring quarters differ: each has its own grain
    numbers[:, :2] *= random.uniform(0.88, 1.16, (len(numbers), 2))
    done: list[tuple[Floats, NDArray[np.int64], NDArray[np.int64]]] = []
    widths, cells = [np.zeros(lines)], [np.full(lines, -1)]
    stops: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]] = []
    for depth in range(DEEPEST):
        size = np.linalg.norm(corners - np.roll(corners, -1, axis=1), axis=2)
        first, second = (size[:, 0] + size[:, 2]) / 2, (size[:, 1] + size[:, 3]) / 2
        short, long, loose, width = numbers.T
        longer, shorter = np.maximum(first, second), np.minimum(first, second)
        cut_long = longer > long * 1.32
        cut_short = ~cut_long & (shorter > short * 1.36)
        cut = (cut_long | cut_short) & (depth < DEEPEST - 1)
        done.append((corners[~cut], sides[~cut], cell[~cut]))
        if not cut.any():
            break
        # turn each block so that the cut runs across its side 0
        turn = np.where(cut_long, first < second, first >= second)
        near_square = cut_short & (longer < 1.15 * shorter)
        turn = np.where(near_square, random.random(len(turn)) < 0.5, turn)[cut]
        corners, sides, cell, numbers = corners[cut], sides[cut], cell[cut], numbers[cut]
        corners = np.where(turn[:, None, None], np.roll(corners, -1, axis=1), corners)
        sides = np.where(turn[:, None], np.roll(sides, -1, axis=1), sides)
        length = np.where(turn, second[cut], first[cut])
        goal = np.where(cut_long, long, short)[cut]
        pieces = np.maximum(2, np.round(length / goal))
        share = np.floor(pieces / 2) / pieces
        share = np.where(random.random(len(share)) < 0.5, share, 1 - share)
        jitter = random.uniform(-1, 1, (len(share), 2)) * loose[cut][:, None]
        share_near = np.clip(share + 0.7 * jitter[:, 0], 0.22, 0.78)
        share_far = np.clip(share + 0.7 * jitter[:, 0] + 0.5 * jitter[:, 1], 0.22, 0.78)
        p = np.round(corners[:, 0] + share_near[:, None] * (corners[:, 1] - corners[:, 0]), 3)
        q = np.round(corners[:, 3] + share_far[:, None] * (corners[:, 2] - corners[:, 3]), 3)
        new = lines + np.arange(len(p))
        lines += len(p)
        starts.append(p)
        ends.append(q)
        widths.append(np.round(width[cut] * random.uniform(0.85, 1.15, len(p)), 1))
        cells.append(cell)
        stops += [(sides[:, 0], new, p), (sides[:, 2], new, q)]
        left = np.stack([corners[:, 0], p, q, corners[:, 3]], axis=1), np.stack([sides[:, 0], new, sides[:, 2], sides[:, 3]], 1)
        right = (
            np.stack([p, corners[:, 1], corners[:, 2], q], axis=1),
            np.stack([sides[:, 0], sides[:, 1], sides[:, 2], new], 1),
        )
        corners, sides = np.concatenate([left[0], right[0]]), np.concatenate([left[1], right[1]])
        cell, numbers = np.tile(cell, 2), np.tile(numbers, (2, 1))
    found = np.argsort(np.concatenate([c for _, _, c in done]), kind="stable")
    return Blocks(
        corners=np.concatenate([c for c, _, _ in done])[found],
        sides=np.concatenate([s for _, s, _ in done])[found],
        cell=np.concatenate([c for _, _, c in done])[found],
        line_start=np.concatenate(starts),
        line_end=np.concatenate(ends),
        line_width=np.concatenate(widths),
        line_cell=np.concatenate(cells),
        stop_line=np.concatenate([s for s, _, _ in stops]) if stops else np.empty(0, dtype=np.int64),
        stop_cut=np.concatenate([s for _, s, _ in stops]) if stops else np.empty(0, dtype=np.int64),
        stop_point=np.concatenate([s for _, _, s in stops]) if stops else np.empty((0, 2)),
    )
