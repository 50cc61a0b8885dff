"""The ground of a computation: what is known of it, holes, buildings, roughness, and how far it can be used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from geodata.errors import InputError
from geodata.grid import Grid

MANNING = {
    "water": 0.03, "road": 0.02, "railway": 0.03, "bare": 0.03, "grass": 0.04, "park": 0.05, "farmland": 0.06, "paddy": 0.05,
    "forest": 0.12, "residential": 0.06, "commercial": 0.05, "industrial": 0.04, "public": 0.05, "other": 0.05,
}  # fmt: skip
"""Manning's n by land use where the land use says nothing of it, s/m^(1/3): middle of the ranges of Chow 1959 and of
Japan's flood inundation map manual (MLIT, fourth edition) [M]."""
MOSTLY_BUILT = 0.5
LEAST_OPEN, WHOLLY_OPEN = 0.1, 0.99
"""Buildings as porosity: a cell that they leave less of to the water is shut, one that they leave more of is open."""


def outside_and_holes(elevation: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Cells without elevation: those joined to the edge of the grid lie outside of the terrain, the others are holes in it.

    Examples
    --------
    >>> ground = np.zeros((5, 5)); ground[2, 2] = ground[0, 1] = np.nan
    >>> [np.argwhere(mask).tolist() for mask in outside_and_holes(ground)]
    [[[0, 1]], [[2, 2]]]
    """
    unknown = ~np.isfinite(elevation)
    label, _ = ndimage.label(np.pad(unknown, 1, constant_values=True), structure=np.ones((3, 3)))
    outside = (label == label[0, 0])[1:-1, 1:-1] & unknown
    return outside, unknown & ~outside


def require_ground(elevation: NDArray[Any], grid: Grid, *, city: str, holes: str) -> None:
    """Refuse terrain that no water can be computed on.

    Raises
    ------
    InputError
        When there is no elevation, or holes lie in it (unless ``holes`` is "fill").
    """
    outside, inner = outside_and_holes(elevation)
    if outside.all():
        raise InputError("{city} has no terrain; import it with --terrain, or choose another source of water.", city=city)
    if inner.any() and holes != "fill":
        row, column = (int(i) for i in np.argwhere(inner)[0])
        longitude, latitude = grid.to_wgs84.transform(grid.x[column], grid.y[row])
        raise InputError(
            "The terrain has 1 cell without elevation inside it, at row {row}, column {column} ({longitude}, {latitude}); "
            "fill it, or "
            "set holes: fill."
            if inner.sum() == 1
            else "The terrain has {count} cells without elevation inside it, the first at row {row}, column {column} "
            "({longitude}, {latitude}); fill them, or set holes: fill.",
            count=int(inner.sum()), row=row, column=column, longitude=round(longitude, 6), latitude=round(latitude, 6),
        )  # fmt: skip


def filled(elevation: NDArray[Any]) -> NDArray[np.float64]:
    """Elevation with its holes at the nearest known ground; the outside stays NaN."""
    _, inner = outside_and_holes(elevation)
    made = np.array(elevation, np.float64)
    if inner.any():
        nearest = ndimage.distance_transform_edt(~np.isfinite(elevation), return_distances=False, return_indices=True)
        made[inner] = elevation[tuple(nearest)][inner]
    return made


def built_share(rows: Any, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Share of each cell under buildings, [rows, columns], from the footprint ↔ cell join."""
    share = np.zeros(shape[0] * shape[1])
    np.add.at(share, rows.cells, rows.weights)
    return np.minimum(share, 1.0).reshape(shape)


@dataclass(frozen=True)
class Roofs:
    """Where the rain of cells that no water can enter runs to: the nearest open cell.

    Parameters
    ----------
    blocked
        Cells that no water can enter, [rows, columns].
    outside
        Those of them that lie outside of the terrain: their rain is no business of ours.
    """

    blocked: NDArray[np.bool_]
    outside: NDArray[np.bool_]

    @cached_property
    def _ways(self) -> tuple[NDArray[np.bool_], Any]:
        closed = self.blocked | self.outside
        roofs = self.blocked & ~self.outside
        if not roofs.any() or closed.all():
            return np.zeros_like(roofs), None
        nearest = ndimage.distance_transform_edt(closed, return_distances=False, return_indices=True)
        return roofs, (nearest[0][roofs], nearest[1][roofs])

    def drained(self, rain: NDArray[Any]) -> NDArray[np.float32]:
        """Rain on every cell, [rows, columns], as it reaches the open ones: none is lost.

        Examples
        --------
        >>> Roofs(np.array([[False, True, True]]), np.zeros((1, 3), bool)).drained(np.array([[1.0, 1.0, 0.5]])).tolist()
        [[2.5, 0.0, 0.0]]
        """
        made = np.where(self.blocked | self.outside, 0.0, rain)
        roofs, to = self._ways
        if to is not None:
            np.add.at(made, to, np.asarray(rain, np.float64)[roofs])
        return made.astype(np.float32)


def beside_buildings(values: NDArray[Any], built: NDArray[np.bool_], *, ground: NDArray[Any] | None = None) -> NDArray[Any]:
    """Values within blocked buildings taken from the highest right beside them: no building is dry because it is a wall.

    Parameters
    ----------
    values
        What to fill in, [rows, columns].
    built
        Cells that no water can enter.
    ground
        When the values are depths: elevation, so that it is the water level that is carried in.

    Examples
    --------
    >>> beside_buildings(np.array([[1.0, 0, 0, 0]]), np.array([[False, True, True, False]]), ground=np.zeros((1, 4))).tolist()
    [[1.0, 1.0, 1.0, 0.0]]
    """
    made = np.array(values)
    if not built.any():
        return made
    carried = np.asarray(values, np.float64) if ground is None else np.where(values > 0, ground + values, -np.inf)
    carried = np.where(built | np.isnan(carried), -np.inf, carried)
    label, count = ndimage.label(built)
    grown = ndimage.grey_dilation(carried, footprint=ndimage.generate_binary_structure(2, 1))
    own, highest = label[built], np.full(count + 1, -np.inf)
    np.maximum.at(highest, own, grown[built])  # ndimage.maximum would sort the whole grid
    inside = highest[own] if ground is None else np.maximum(highest[own] - np.asarray(ground)[built], 0.0)
    made[built] = np.where(np.isneginf(inside), 0.0, inside).astype(made.dtype)
    return made


def roughness_of(raster: NDArray[Any], use: NDArray[Any] | None, default: float) -> NDArray[np.float64]:
    """Manning's n of each cell: the raster where it knows, else by land use, else the default."""
    made = np.where(np.isfinite(raster), raster, default if use is None else np.where(np.isfinite(use), use, default))
    return np.asarray(made, np.float64)


def land_use_roughness(table: Any, grid: Grid) -> NDArray[np.float32] | None:
    """Manning's n by land use on the grid, [rows, columns], NaN where there is none; None without land use."""
    if table is None or not len(table):
        return None
    stated = table["manning"].to_numpy(float)
    by_kind = np.array([MANNING.get(str(kind), np.nan) for kind in table["kind"]])
    values = np.where(np.isfinite(stated), stated, by_kind)
    return _drawn(tuple(shapely.to_wkb(table.geometry.to_numpy())), values.tobytes(), grid)


@lru_cache(maxsize=4)
def _drawn(shapes: tuple[bytes | None, ...], values: bytes, grid: Grid) -> NDArray[np.float32] | None:
    """The shapes' values on the grid. Kept: drawing a town's land use takes longer than a step of its flood."""
    from rasterio.features import rasterize  # noqa: PLC0415 (slow to import, seldom needed)

    drawn = [
        (shape, float(n))
        for shape, n in zip(shapely.from_wkb(list(shapes)), np.frombuffer(values), strict=True)
        if np.isfinite(n) and shape is not None and not shape.is_empty
    ]
    if not drawn:
        return None
    made: NDArray[np.float32] = rasterize(drawn, out_shape=grid.shape, transform=grid.transform, fill=np.nan, dtype="float32")
    made.flags.writeable = False
    return made
