"""All overlays of one city: computed once at import, stored, and shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import geopandas
import numpy as np
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.grid import Grid
from geodata.overlays.blocks import Progress
from geodata.overlays.footprints import THRESHOLD, FootprintCells, footprint_cells
from geodata.overlays.kernel import frozen
from geodata.overlays.lowest import lowest_cells
from geodata.overlays.nearest import NearestNodes, nearest_nodes, usable_nodes
from geodata.overlays.segments import SegmentCells, segment_cells


@dataclass(frozen=True, eq=False)
class Overlays:
    """The static joins of one city.

    Parameters
    ----------
    footprints
        Building ↔ cells.
    lowest
        Lowest terrain cell of each building, flat index, −1 unknown, int64 [buildings].
    segments
        Road edge ↔ cells.
    nearest
        Building → nearest road node.
    """

    footprints: FootprintCells
    lowest: NDArray[np.int64]
    segments: SegmentCells
    nearest: NearestNodes

    def __post_init__(self) -> None:
        """Freeze the array and check that the parts belong together."""
        object.__setattr__(self, "lowest", frozen(self.lowest, np.int64))
        if not (len(self.footprints) == len(self.lowest) == len(self.nearest)):
            raise InputError(
                "The overlays hold {footprints}, {lowest} and {nearest} buildings; delete them, they will be made again.",
                footprints=len(self.footprints),
                lowest=len(self.lowest),
                nearest=len(self.nearest),
            )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for storage, named "part.array"."""
        parts = {
            "footprints": self.footprints.to_arrays(),
            "segments": self.segments.to_arrays(),
            "nearest": self.nearest.to_arrays(),
        }
        named = {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}
        return named | {"lowest": self.lowest}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Read what `to_arrays` wrote; raises `InputError` for arrays that are missing or do not fit together."""

        def part(prefix: str) -> dict[str, NDArray[Any]]:
            return {name.removeprefix(prefix): arrays[name] for name in arrays if name.startswith(prefix)}

        if "lowest" not in arrays:
            raise InputError(
                "The stored overlay lacks {names}; delete the overlays of the package, they will be made again.", names="lowest"
            )
        return cls(
            FootprintCells.from_arrays(part("footprints.")),
            arrays["lowest"],
            SegmentCells.from_arrays(part("segments.")),
            NearestNodes.from_arrays(part("nearest.")),
        )


def compute_overlays(
    *,
    grid: Grid,
    elevation: NDArray[Any],
    buildings: geopandas.GeoDataFrame,
    roads: geopandas.GeoDataFrame,
    nodes: geopandas.GeoDataFrame,
    threshold: float = THRESHOLD,
    progress: Progress | None = None,
) -> Overlays:
    """Compute every overlay of a city.

    Parameters
    ----------
    grid, elevation
        The grid, and the terrain on it, m, [rows, columns], NaN = hole.
    buildings, roads, nodes
        Tables by contract, in the grid's CRS; roads and nodes as `geodata.network.build_network` makes them.
    threshold
        Coverage threshold, see `footprint_cells`.
    progress
        Called with (buildings done, buildings in all) during the longest part.
    """
    footprints = footprint_cells(buildings.geometry.to_numpy(), grid, threshold=threshold, progress=progress)
    return Overlays(
        footprints=footprints,
        lowest=lowest_cells(footprints, elevation),
        segments=segment_cells(roads.geometry.to_numpy(), grid),
        nearest=nearest_nodes(
            buildings.geometry.to_numpy(), nodes.geometry.to_numpy(), usable=usable_nodes(roads, nodes, column="walkers")
        ),
    )
