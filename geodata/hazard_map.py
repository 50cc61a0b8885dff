"""An official hazard map of a city: what it speaks of, what it tells, and how that is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from geodata.provenance import Provenance


@dataclass(frozen=True)
class HazardMap:
    """One published assumption: one hazard, one river or coast, one scale.

    Parameters
    ----------
    id
        Short name that scenarios use ("river-l2").
    name
        River, coast or area, as published.
    hazard
        One of `geodata.tables.buildings.HAZARDS`.
    scale
        "L1", "L2" or the publisher's word.
    kind
        How it is kept: "depth" — rasters ``hazard/<id>/low`` and ``hazard/<id>/high`` [rows, columns] in metres, 0 = on the
        map and dry, NaN = not covered by the map; "series" — ``hazard/<id>/series`` [time, rows, columns]; "attributes" —
        records of ``building_risks``: only buildings know their depth; "duration" — how long the water stands and no depth:
        ``hazard/<id>/hours`` [rows, columns] in hours, the upper end where an interval is published, NaN = not told.
    times
        For "series": seconds since its first instant.
    digest
        Name of its content.
    provenance
        Where it comes from.
    """

    id: str
    name: str
    hazard: str
    scale: str
    kind: Literal["depth", "series", "attributes", "duration"]
    provenance: Provenance
    times: tuple[float, ...] = ()
    digest: str = ""

    @property
    def tells_depth(self) -> bool:
        """Whether a scenario can take its water from this map."""
        return self.kind != "duration"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for TOML and JSON."""
        return {**asdict(self), "times": list(self.times), "provenance": self.provenance.to_dict()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> HazardMap:
        """Read what `to_dict` wrote."""
        return cls(
            **{**values, "times": tuple(values.get("times", ())), "provenance": Provenance.from_dict(values["provenance"])}
        )
