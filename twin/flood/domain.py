"""The working arrays of a computation: the grid of a city inside a frame of ghosts and padding."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.flood.faces import Faces
from twin.flood.infiltration import Soil
from twin.flood.kernel import PAD, aligned, padded_columns

TOP = 4
"""Array row of the first grid row: padding, then one row of ghosts."""
BOTTOM = 4
"""Array rows below the last grid row: one row of ghosts, then padding."""
LEFT = PAD + 1
"""Array column of the first grid column: padding, then one column of ghosts."""
BLOCKED = np.float32(1e5)
"""Ground of cells that no water can enter, m above the base."""
FLOW_FIELDS = ("depth", "residual", "flux_x", "flux_y")


class Domain:
    """Ground, water and products of one computation.

    59 bytes per cell: ground, roughness, depth with residual, two discharges, peak depth and force, arrival, time above three
    depths, soil water, rain weight (4 bytes each), and three classes (1 byte each).

    Parameters
    ----------
    elevation
        Ground, m, [rows, columns]; NaN = no ground there: no water can enter.
    roughness
        Manning's n, s/m^(1/3), a number or [rows, columns].
    cell
        Cell size, m.
    spare_rows
        Room at the end of the arrays for copies of border rows.

    Examples
    --------
    >>> domain = Domain(np.zeros((3, 4)), 0.03, 10.0)
    >>> domain.depth.shape, domain.flux_x.shape, domain.flux_y.shape
    ((3, 4), (3, 5), (4, 4))
    """

    def __init__(self, elevation: NDArray[Any], roughness: NDArray[Any] | float, cell: float, *, spare_rows: int = 0) -> None:
        self.rows, self.columns = elevation.shape
        self.cell = float(cell)
        self.blocked = ~np.isfinite(elevation)
        known = elevation[~self.blocked]
        self.base = float(known.min()) if known.size else 0.0
        self.framed_rows = TOP + self.rows + BOTTOM
        self.framed_columns = padded_columns(self.columns)
        shape = (self.framed_rows + spare_rows, self.framed_columns)
        self.z, self.n = aligned(self.framed_rows, shape[1]), aligned(self.framed_rows, shape[1])
        self.h, self.r, self.qx, self.qy = (aligned(*shape) for _ in range(4))
        self.peak, self.force, self.arrival_ = (aligned(self.framed_rows, shape[1]) for _ in range(3))
        self.wet, self.floor = (aligned(self.framed_rows, shape[1]) for _ in range(2))
        self.taken, self.weight = (aligned(self.framed_rows, shape[1]) for _ in range(2))
        self.hazard_, self.froude_, self.soil = (aligned(self.framed_rows, shape[1], np.uint8) for _ in range(3))
        self.z[:] = BLOCKED
        self.arrival_[:] = np.inf
        self.set_ground(elevation)
        self.n[:] = 1e-4
        self.inner(self.n)[:] = np.square(roughness)
        self.inner(self.soil)[:] = ~self.blocked
        self.inner(self.weight)[:] = ~self.blocked
        self.soils: tuple[Soil, ...] = (Soil(), Soil())
        self.x_faces, self.y_faces = Faces.none(), Faces.none()
        self.ghosts: NDArray[np.int64] = np.zeros((0, 2), np.int64)
        self.sources: NDArray[np.int64] = np.zeros((0, 2), np.int64)
        self.narrow: NDArray[np.int64] = np.zeros((0, 2), np.int64)
        self.openness: NDArray[np.float32] = np.zeros(0, np.float32)
        self.source_rate: NDArray[np.float32] = np.zeros(0, np.float32)

    @property
    def area(self) -> float:
        """Area of a cell, m²."""
        return self.cell * self.cell

    def inner(self, array: NDArray[Any]) -> NDArray[Any]:
        """The part of a framed array that is the grid, [rows, columns], a view."""
        return array[TOP : TOP + self.rows, LEFT : LEFT + self.columns]

    @property
    def depth(self) -> NDArray[np.float32]:
        """Depth, m, a view."""
        return self.inner(self.h)

    @property
    def residual(self) -> NDArray[np.float32]:
        """What the digits of the depth leave over, m, a view."""
        return self.inner(self.r)

    @property
    def flux_x(self) -> NDArray[np.float32]:
        """Unit discharge eastward on the west faces and the eastern edge, m²/s, [rows, columns + 1], a view."""
        return self.qx[TOP : TOP + self.rows, LEFT : LEFT + self.columns + 1]

    @property
    def flux_y(self) -> NDArray[np.float32]:
        """Unit discharge southward on the north faces and the southern edge, m²/s, [rows + 1, columns], a view."""
        return self.qy[TOP : TOP + self.rows + 1, LEFT : LEFT + self.columns]

    def set_ground(self, elevation: NDArray[Any]) -> None:
        """Give the ground other elevations, m; depth stays, so that no water is made."""
        above = np.asarray(elevation, np.float64) - self.base
        self.inner(self.z)[:] = np.where(self.blocked, BLOCKED, above)

    def ground_at(self, row: int, column: int) -> float:
        """Elevation of a grid cell, m."""
        return float(self.z[TOP + row, LEFT + column]) + self.base

    def volume(self) -> float:
        """Water in the domain, m³, summed in double precision row by row."""
        rows = self.inner(self.h).sum(axis=1, dtype=np.float64) + self.inner(self.r).sum(axis=1, dtype=np.float64)
        i, j = self.narrow.T
        built = (self.h[i, j].astype(np.float64) + self.r[i, j]) @ (1.0 - self.openness.astype(np.float64))
        return float(rows.sum() - built) * self.area

    def set_openness(self, share: NDArray[Any]) -> None:
        """Share of each cell that buildings leave to the water, above 0 to 1, [rows, columns]: its storage.

        What enters a cell through its faces rises 1 / share as high in it (porosity of Guinot & Soares-Frazão 2006,
        doi:10.1002/fld.1059). How much of a face is open is a law of the face (`twin.flood.faces.NARROW`).
        """
        cells = np.argwhere((share < 1.0) & ~self.blocked)
        self.narrow = cells + np.array([TOP, LEFT])
        self.openness = share[cells[:, 0], cells[:, 1]].astype(np.float32)

    def room(self, row: int, column: int) -> float:
        """Area of a grid cell that is left to the water, m²."""
        found = np.flatnonzero((self.narrow[:, 0] == TOP + row) & (self.narrow[:, 1] == LEFT + column))
        return self.area * (float(self.openness[found[0]]) if len(found) else 1.0)

    def room_beside(self, faces: Faces, *, down: bool) -> NDArray[np.float32]:
        """Share of the two cells beside each face that buildings leave to the water, float32 [faces, 2]; ``down``: y faces."""
        made = np.ones((len(faces), 2), np.float32)
        if len(self.narrow):
            width = self.framed_columns
            known = self.narrow[:, 0] * width + self.narrow[:, 1]
            for side, back in enumerate((1, 0)):
                cells = (faces.rows - back * down) * width + faces.columns - back * (not down)
                place = np.minimum(np.searchsorted(known, cells), len(known) - 1)
                made[:, side] = np.where(known[place] == cells, self.openness[place], np.float32(1.0))
        return made

    def set_level(self, level: float | NDArray[Any]) -> None:
        """Still water up to a level, m: where the ground lies lower."""
        depth = np.where(self.blocked, 0.0, np.maximum(np.asarray(level) - self.base - self.inner(self.z), 0.0))
        self.depth[:] = depth
        self.residual[:] = depth - self.depth

    def set_faces(self, x_faces: Faces, y_faces: Faces) -> None:
        """The special faces; the cells beyond those on an edge become ghosts."""
        self.x_faces, self.y_faces = x_faces, y_faces
        ghosts = []
        for faces, (down, right) in ((x_faces, (0, 1)), (y_faces, (1, 0))):
            for row, column, side in zip(faces.rows, faces.columns, faces.side, strict=True):
                if side:
                    ghosts.append((row, column) if side > 0 else (row - down, column - right))
        self.ghosts = np.array(sorted(set(ghosts)), np.int64).reshape(-1, 2)

    def set_sources(self, cells: NDArray[np.int64]) -> NDArray[np.intp]:
        """Cells with point sources, grid (row, column) by line; returns the place of each in ``source_rate``."""
        framed = np.asarray(cells, np.int64).reshape(-1, 2) + np.array([TOP, LEFT])
        order = np.lexsort((framed[:, 1], framed[:, 0]))
        self.sources = framed[order]
        self.source_rate = np.zeros(len(framed), np.float32)
        place = np.empty(len(framed), np.intp)
        place[order] = np.arange(len(framed))
        return place
