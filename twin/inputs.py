"""What hooks and analyses are handed: the declared inputs and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.city import City
from geodata.grid import Grid
from twin.asset import Asset
from twin.hook import Current, HookError, Previous, SimulationHook, Static
from twin.variable import Variable


class _Reader(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def reads(self) -> tuple[Any, ...]: ...


class DeclaredLayers:
    """The layers of a city that somebody declared; what is not declared raises `HookError`.

    Parameters
    ----------
    owner
        Who declared them: a hook or an analysis.
    city, sizes
        The city, and the length of every dimension.
    assets
        Those that stand in the parameters.
    """

    def __init__(self, owner: _Reader, city: City, sizes: Mapping[str, int], assets: frozenset[Asset]) -> None:
        self._owner, self._city, self._sizes, self._assets = owner, city, sizes, assets

    def table(self, name: str) -> pd.DataFrame:
        """The declared columns of a table."""
        return _columns(self._city, name, self._layer(name, f"table({name})").columns).copy(deep=False)

    def raster(self, name: str) -> NDArray[Any]:
        """A raster of the city; all NaN where the city has none."""
        self._layer(name, f"raster({name})")
        if name in self._city.layers.names("raster"):
            return read_only(self._city.raster(name))
        return np.full(self._city.grid.shape, np.nan, np.float32)

    def overlay(self, name: str) -> Mapping[str, NDArray[Any]]:
        """The arrays of a stored join."""
        self._layer(name, f"overlay({name})")
        return self._city.overlay(name)

    def asset(self, asset: Asset) -> Any:
        """The content of an asset that stands in the parameters."""
        if asset not in self._assets:
            raise self._undeclared(f"asset({asset.name})")
        return self._city.table(asset.name) if asset.kind == "table" else read_only(self._city.raster(asset.name))

    def size(self, dim: str) -> int:
        """Length of a dimension."""
        return self._sizes[dim]

    def grid(self) -> Grid:
        """The grid of the city."""
        return self._city.grid

    def _layer(self, name: str, shown: str) -> Static:
        for read in self._owner.reads:
            if isinstance(read, Static) and read.layer == name:
                return read
        raise self._undeclared(shown)

    def _undeclared(self, what: str) -> HookError:
        return HookError(
            "{owner} reads {what}, which it does not declare; add it to its reads.", owner=self._owner.name, what=what
        )


class StepInputs(DeclaredLayers):
    """The inputs of one step of one hook; what is not declared raises `HookError`."""

    def __init__(
        self,
        hook: SimulationHook,
        city: City,
        sizes: Mapping[str, int],
        assets: frozenset[Asset],
        current: Callable[[str], NDArray[Any]],
        previous: Callable[[str], NDArray[Any] | None],
        pulse: Callable[[float], None] | None = None,
    ) -> None:
        super().__init__(hook, city, sizes, assets)
        self._current, self._previous, self._pulse = current, previous, pulse

    def current(self, variable: Variable) -> NDArray[Any]:
        """A field of this step."""
        self._require(Current(variable), f"current({variable.name})")
        return read_only(self._current(variable.name))

    def previous(self, variable: Variable) -> NDArray[Any]:
        """A field of the step before; its initial value before the first step."""
        self._require(Previous(variable), f"previous({variable.name})")
        values = self._previous(variable.name)
        return read_only(variable.full(self._sizes) if values is None else values)

    def pulse(self, share: float) -> None:
        """Say how much of the step is done, 0–1."""
        if self._pulse is not None:
            self._pulse(share)

    def _require(self, read: Current | Previous, shown: str) -> None:
        if not any(type(known) is type(read) and known.variable == read.variable for known in self._owner.reads):
            raise self._undeclared(shown)


# Choosing columns takes longer than many a hook. As many as the hooks of two cities declare: no city is held for longer.
@lru_cache(maxsize=64)
def _columns(city: City, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    table = city.table(name)
    return table[list(columns)] if columns else table


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view that cannot be written through."""
    view = array.view()
    view.flags.writeable = False
    return view
