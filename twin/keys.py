"""Keys: the name of a computation by everything that goes into it."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Protocol

import orjson

from geodata.city import City
from geodata.errors import CityTwinError
from twin.asset import Asset
from twin.hook import Current, Parameters, Previous, SimulationHook, Static

INITIAL = "initial"
"""Stands for a field before the first step."""


def canonical(value: Any) -> Any:
    """Plain values in one spelling; an asset counts by its content.

    Examples
    --------
    >>> canonical({"b": (1, 2.0), "a": Asset("raster", "x", "77")})
    {'b': [1, 2.0], 'a': {'asset': '77'}}
    """
    if isinstance(value, Asset):
        return {"asset": value.digest}
    if isinstance(value, Mapping):
        return {str(name): canonical(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(part) for part in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise CityTwinError("{value!r} cannot stand in a hook's parameters; use plain values or assets.", value=value)


def assets_in(parameters: Any) -> frozenset[Asset]:
    """All assets named in parameters."""
    if isinstance(parameters, Asset):
        return frozenset({parameters})
    if isinstance(parameters, Mapping):
        parameters = list(parameters.values())
    if isinstance(parameters, list | tuple):
        return frozenset().union(*(assets_in(part) for part in parameters))
    return frozenset()


@cache
def source_digest(package: str) -> str:
    """Digest of all Python sources of a top-level package: a changed kernel anywhere in it changes every key.

    Coarse on purpose: what a hook calls cannot be told from outside, and a number computed by other code must never be
    served as this code's.
    """
    module = sys.modules[package]
    file = getattr(module, "__file__", None)
    if file is None:
        return "built in"
    place = Path(file)
    files = sorted(place.parent.rglob("*.py")) if place.name == "__init__.py" else [place]
    hasher = hashlib.blake2b(digest_size=16)
    for path in files:
        hasher.update(path.relative_to(place.parent).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return hasher.hexdigest()


class Identified(Protocol):
    """A hook or an analysis: it never changes."""

    @property
    def name(self) -> str:
        """Short name."""

    @property
    def version(self) -> str:
        """Version of the method."""

    def __hash__(self) -> int: ...


@lru_cache(maxsize=256)
def identity_of(named: Identified) -> Mapping[str, str]:
    """Name, version, configuration and sources of a hook or an analysis; writing one out takes a while."""
    packages = {"geodata", "twin", type(named).__module__.partition(".")[0]}
    return {
        "name": named.name,
        "version": named.version,
        "configuration": repr(named),
        **{f"source of {package}": source_digest(package) for package in sorted(packages)},
    }


def step_key(
    hook: SimulationHook,
    city: City,
    parameters: Parameters,
    duration: int,
    current: Mapping[str, str],
    previous: Mapping[str, str],
) -> str:
    """Key of one step of one hook.

    A step is a pure function of what it receives, so exactly that stands in the key: the hook itself, the content of the
    fields and layers it reads, its parameters and the duration. The start of the step is not passed and therefore does
    not count, unless the parameters tell it: a road that stays dry for three hours is judged once.

    Parameters
    ----------
    hook, city, parameters, duration
        The step.
    current, previous
        Name of the content of each field, of this step and of the step before.
    """
    reads: dict[str, str] = {}
    for read in hook.reads:
        if isinstance(read, Current):
            reads[f"current/{read.variable.name}"] = current[read.variable.name]
        elif isinstance(read, Previous):
            reads[f"previous/{read.variable.name}"] = previous.get(read.variable.name, INITIAL)
        elif isinstance(read, Static):
            reads[f"static/{read.layer}/{','.join(read.columns)}"] = city.fingerprint_of(read.layer, read.columns)
    parts = {
        "hook": identity_of(hook),
        "reads": reads,
        "parameters": canonical(parameters),
        "duration": duration,
        "grid": city.grid.to_dict(),
    }
    return hashlib.blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=20).hexdigest()
