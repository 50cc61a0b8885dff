"""An immutable input named by the digest of its content: a hazard map, a rain field, a snapshot of observations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Asset:
    """A reference that a hook's parameters may hold; the model opens it for that step and for nobody else.

    Parameters
    ----------
    kind
        "raster" or "table" of the city.
    name
        Name of the layer ("hazard/river-l2/high").
    digest
        Name of its content: what enters the key.
    """

    kind: str
    name: str
    digest: str
