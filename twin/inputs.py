"""What the model hands to a hook: the declared inputs and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geodata.city import City
from geodata.grid import Grid
from twin.asset import Asset
from twin.hook import Current, HookError, Previous, SimulationHook, Static
from twin.variable import Variable


class StepInputs:
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
        self._hook, self._city, self._assets = hook, city, assets
        self._current, self._previous = current, previous
        self._sizes = sizes
        self._pulse = pulse

    def current(self, variable: Variable) -> NDArray[Any]:
        """A field of this step."""
        self._require(Current(variable), f"current({variable.name})")
        return _read_only(self._current(variable.name))

    def previous(self, variable: Variable) -> NDArray[Any]:
        """A field of the step before; its initial value before the first step."""
        self._require(Previous(variable), f"previous({variable.name})")
        values = self._previous(variable.name)
        return _read_only(variable.full(self._sizes) if values is None else values)

    def table(self, name: str) -> pd.DataFrame:
        """The declared columns of a table."""
        for read in self._hook.reads:
            if isinstance(read, Static) and read.layer == name:
                return _columns(self._city, name, read.columns).copy(deep=False)
        raise self._undeclared(f"table({name})")

    def raster(self, name: str) -> NDArray[Any]:
        """A raster of the city; all NaN where the city has none."""
        self._require_layer(name)
        if name in self._city.layers.names("raster"):
            return _read_only(self._city.raster(name))
        return np.full(self._city.grid.shape, np.nan, np.float32)

    def overlay(self, name: str) -> Mapping[str, NDArray[Any]]:
        """The arrays of a stored join."""
        self._require_layer(name)
        return self._city.overlay(name)

    def asset(self, asset: Asset) -> Any:
        """The content of an asset that stands in this step's parameters."""
        if asset not in self._assets:
            raise self._undeclared(f"asset({asset.name})")
        return self._city.table(asset.name) if asset.kind == "table" else _read_only(self._city.raster(asset.name))

    def size(self, dim: str) -> int:
        """Length of a dimension."""
        return self._sizes[dim]

    def grid(self) -> Grid:
        """The grid of the city."""
        return self._city.grid

    def pulse(self, share: float) -> None:
        """Say how much of the step is done, 0–1."""
        if self._pulse is not None:
            self._pulse(share)

    def _require(self, read: Current | Previous, shown: str) -> None:
        if not any(type(known) is type(read) and known.variable == read.variable for known in self._hook.reads):
            raise self._undeclared(shown)

    def _require_layer(self, name: str) -> None:
        if not any(isinstance(read, Static) and read.layer == name for read in self._hook.reads):
            raise self._undeclared(name)

    def _undeclared(self, what: str) -> HookError:
        return HookError(
            "The hook {hook} reads {what}, which it does not declare; add it to its reads.", hook=self._hook.name, what=what
        )


# Choosing columns takes longer than many a hook. As many as the hooks of two cities declare: no city is held for longer.
@lru_cache(maxsize=64)
def _columns(city: City, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    table = city.table(name)
    return table[list(columns)] if columns else table


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
