"""Where water is, in tiles of 8 rows and 16 columns: only what is wet or may become so within a round is computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.flood.domain import LEFT, TOP
from twin.flood.faces import INFLOW, STAGE, Faces
from twin.flood.kernel import BLOCK, PAD, SPARE_TILES, TILE, kernel
from twin.flood.local_inertial import BAND
from twin.flood.sources import Culvert, Pump


@kernel
def scan_tiles(h, qx, qy, dry, wet, tile, pad):  # type: ignore[no-untyped-def]
    """Which tiles hold water that may flow, from the bits of depth and discharge."""
    wet[:] = 0
    for i in range(h.shape[0]):
        for k in range(wet.shape[1]):
            if not wet[i // BAND, k]:
                for j in range(pad + k * tile, pad + (k + 1) * tile):
                    if h[i, j] > dry or qx[i, j] & 0x7FFFFFFF or qy[i, j] & 0x7FFFFFFF:
                        wet[i // BAND, k] = 1
                        break


@kernel
def segments(active, seg_start, seg_lo, seg_hi):  # type: ignore[no-untyped-def]
    """Runs of active tiles as columns in whole blocks, by band; ``active``: uint8 [bands, tiles]. Returns their sum."""
    count, columns = 0, 0
    for band in range(active.shape[0]):
        seg_start[band] = count
        end = -1
        for tile in range(active.shape[1] - SPARE_TILES):
            if not active[band, tile]:
                continue
            lo = PAD + tile * TILE
            if lo > end:
                seg_lo[count] = lo
                end = lo
                count += 1
            if lo == end:
                end += BLOCK
                columns += BLOCK
                seg_hi[count - 1] = end
    seg_start[active.shape[0]] = count
    return columns


@kernel
def spread(wet, always, active):  # type: ignore[no-untyped-def]
    """Tiles that water stands in or may reach within the next steps: the wet ones and their eight neighbours."""
    bands, tiles = wet.shape
    active[:] = 0
    for i in range(bands):
        for j in range(tiles):
            if wet[i, j] or always[i, j]:
                for k in range(max(i - 1, 0), min(i + 2, bands)):
                    for m in range(max(j - 1, 0), min(j + 2, tiles)):
                        active[k, m] = 1


def fed(faces: Faces) -> NDArray[np.int64]:
    """Framed cells at the faces over which water may come from outside, [cells, 2]."""
    feeding = np.isin(faces.kind, (STAGE, INFLOW))
    return np.column_stack([faces.rows[feeding], faces.columns[feeding]]).astype(np.int64)


def ends(control: object) -> NDArray[np.int64]:
    """Framed cells into which a control pours water, [cells, 2]: they wake even while they are dry."""
    cells = [control.outlet] if isinstance(control, Pump) else control.ends if isinstance(control, Culvert) else []
    made = [(TOP + cell[0], LEFT + cell[1]) for cell in cells if cell is not None]
    return np.array(made, np.int64).reshape(-1, 2)
