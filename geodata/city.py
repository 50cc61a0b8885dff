"""The frozen city: grid, terrain, tables, hazard maps, overlays, with where each comes from. Nothing changes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, Protocol

import geopandas
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.errors import InputError
from geodata.fingerprint import digest_of_array, digest_of_names, digest_of_table
from geodata.grid import Grid
from geodata.hazard_map import HazardMap
from geodata.provenance import Provenance
from geodata.source import VerticalReference
from geodata.tables import TABLES

Arrays = Mapping[str, NDArray[Any]]


class Layers(Protocol):
    """Where a city's layers are kept: in memory or in a package on disk, read when first asked for."""

    def names(self, kind: str) -> tuple[str, ...]:
        """Names of the layers of one kind: "table", "raster" or "overlay"."""

    def table(self, name: str) -> pd.DataFrame:
        """A completed table of the contract of that name."""

    def raster(self, name: str) -> NDArray[Any]:
        """float32 [rows, columns] or [time, rows, columns], NaN = unknown."""

    def overlay(self, name: str) -> Arrays:
        """Arrays of a stored join."""

    def digests(self, kind: str, name: str) -> Mapping[str, str]:
        """Name of the content of a layer under "", and of each column or array under its own name."""


class LayersInMemory:
    """Layers held as frames and arrays; the digests are computed when first asked for."""

    def __init__(
        self, tables: Mapping[str, pd.DataFrame], rasters: Arrays | None = None, overlays: Mapping[str, Arrays] | None = None
    ) -> None:
        self._layers: dict[str, dict[str, Any]] = {
            "table": dict(tables),
            "raster": dict(rasters or {}),
            "overlay": dict(overlays or {}),
        }
        for array in self._layers["raster"].values():
            array.flags.writeable = False
        self._digests: dict[tuple[str, str], Mapping[str, str]] = {}

    def names(self, kind: str) -> tuple[str, ...]:
        """Names of the layers of one kind."""
        return tuple(self._layers[kind])

    def table(self, name: str) -> pd.DataFrame:
        """A table."""
        return self._layers["table"][name]

    def raster(self, name: str) -> NDArray[Any]:
        """A raster."""
        array: NDArray[Any] = self._layers["raster"][name]
        return array

    def overlay(self, name: str) -> Arrays:
        """An overlay."""
        arrays: Arrays = self._layers["overlay"][name]
        return arrays

    def digests(self, kind: str, name: str) -> Mapping[str, str]:
        """Name of the content of a layer and of its parts."""
        known = self._digests.get((kind, name))
        if known is None:
            known = self._digests[kind, name] = layer_digests(kind, self._layers[kind][name])
        return known


def layer_digests(kind: str, layer: Any) -> Mapping[str, str]:
    """Name of the content of one layer under "", and of each column or array under its own name."""
    if kind == "table":
        return digest_of_table(layer)
    if kind == "raster":
        return {"": digest_of_array(layer)}
    parts = {name: digest_of_array(array) for name, array in layer.items()}
    return {"": digest_of_names(parts), **parts}


@dataclass(frozen=True, eq=False)
class City:
    """A city as it stands, for any number of simulations at once.

    Tables come as shallow copies (copy-on-write), rasters and overlays as read-only arrays: nobody can change a city that
    others look at.

    Parameters
    ----------
    name
        Name of the city.
    grid
        The one raster frame.
    layers
        Where tables, rasters and overlays are kept.
    time_zone
        IANA name.
    heights
        What every elevation in the city is measured from.
    provenance
        By layer name ("buildings", "elevation", "hazard/river-l2", …).
    hazard_maps
        Official hazard maps by id.
    parent
        Fingerprint of the city that this one was cut or coarsened from, "" for an original.
    fidelity
        What was done to it, in words ("coarsened 4×"), "" for an original.
    """

    name: str
    grid: Grid
    layers: Layers
    time_zone: str = "UTC"
    heights: VerticalReference = field(default_factory=VerticalReference)
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    hazard_maps: Mapping[str, HazardMap] = field(default_factory=dict)
    parent: str = ""
    fidelity: str = ""

    def __post_init__(self) -> None:
        for name in ("provenance", "hazard_maps"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def has(self, name: str) -> bool:
        """Whether a table, raster or overlay of that name is there."""
        return any(name in self.layers.names(kind) for kind in ("table", "raster", "overlay"))

    def table(self, name: str) -> pd.DataFrame:
        """A table as a shallow copy; an empty one of the right shape where the city has none.

        Raises
        ------
        InputError
            When no contract has that name.
        """
        if name in self.layers.names("table"):
            return self.layers.table(name).copy(deep=False)
        if name not in TABLES:
            raise InputError("There is no table {name}; the tables are {tables}.", name=name, tables=", ".join(TABLES))
        return _empty(name, self.grid.crs).copy(deep=False)

    def count(self, table: str) -> int:
        """How many elements a table has, without a copy of it; 0 where the city has none of that name."""
        return len(self.layers.table(table)) if table in self.layers.names("table") else 0

    def raster(self, name: str) -> NDArray[Any]:
        """A read-only raster on the grid, NaN = unknown.

        Raises
        ------
        InputError
            When the city has no such raster.
        """
        if name not in self.layers.names("raster"):
            raise InputError(
                "{city} has no raster {name}; import one, for example with --terrain or --hazard.", city=self.name, name=name
            )
        return self.layers.raster(name)

    def overlay(self, name: str) -> Arrays:
        """The arrays of a stored join.

        Raises
        ------
        InputError
            When the city has no such overlay.
        """
        if name not in self.layers.names("overlay"):
            raise InputError("{city} has no overlay {name}; import it again with this version.", city=self.name, name=name)
        return self.layers.overlay(name)

    @property
    def buildings(self) -> geopandas.GeoDataFrame:
        """Footprints."""
        return self.table("buildings")

    @property
    def roads(self) -> geopandas.GeoDataFrame:
        """Road edges."""
        return self.table("roads")

    @property
    def shelters(self) -> geopandas.GeoDataFrame:
        """Shelters."""
        return self.table("shelters")

    @property
    def facilities(self) -> geopandas.GeoDataFrame:
        """Facilities."""
        return self.table("facilities")

    @property
    def sensors(self) -> geopandas.GeoDataFrame:
        """Sensors."""
        return self.table("sensors")

    @property
    def areas(self) -> geopandas.GeoDataFrame:
        """Districts and other areas."""
        return self.table("areas")

    @property
    def elevation(self) -> NDArray[np.float32]:
        """Ground, m above the city's datum, [rows, columns], NaN where unknown; all NaN where there is no terrain."""
        if "elevation" in self.layers.names("raster"):
            return self.layers.raster("elevation")
        return np.full(self.grid.shape, np.nan, np.float32)

    @property
    def fictional(self) -> bool:
        """True when any layer is made up: every page that shows it says so."""
        return any(origin.fictional for origin in self.provenance.values())

    def fingerprint_of(self, layer: str, columns: Iterable[str] = ()) -> str:
        """Name of the content of a layer, or of some of its columns only.

        A layer that the city does not have has the name "absent".

        Parameters
        ----------
        layer
            Name of a table, raster or overlay.
        columns
            Columns of a table; none = the whole layer.
        """
        for kind in ("table", "raster", "overlay"):
            if layer in self.layers.names(kind):
                digests = self.layers.digests(kind, layer)
                wanted = tuple(columns)
                return digest_of_names({name: digests.get(name, "absent") for name in wanted}) if wanted else digests[""]
        return "absent"

    @cached_property
    def fingerprint(self) -> str:
        """Name of everything that can change a number: grid, heights, tables, rasters (overlays follow from these)."""
        names = {
            f"{kind}/{name}": self.layers.digests(kind, name)[""]
            for kind in ("table", "raster")
            for name in self.layers.names(kind)
        }
        names |= {
            "grid": str(self.grid.to_dict()),
            "heights": str(self.heights),
            "parent": self.parent,
            "hazard_maps": str(sorted((h.id, h.kind, h.hazard, h.scale, h.times) for h in self.hazard_maps.values())),
        }
        return digest_of_names(names)


@lru_cache(maxsize=64)
def _empty(name: str, crs: str) -> pd.DataFrame:
    contract = TABLES[name]
    frame = geopandas.GeoDataFrame(geometry=geopandas.GeoSeries([], crs=crs)) if contract.geometry else pd.DataFrame()
    return contract.completed(frame)
