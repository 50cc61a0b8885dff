"""Where a layer comes from: source, licence, attribution, date."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Provenance:
    """Origin of one layer of a city, carried from the reader to the map and to every passport.

    Parameters
    ----------
    source
        What was read, in words: file name, data set, version.
    licence
        Licence of the data, "" when the source does not name one (shown as unknown, never as free).
    attribution
        The line that must be visible wherever the data are shown.
    date
        ISO date or year for which the data hold ("" unknown).
    fictional
        True for made-up data: every page that shows them says so.
    notes
        What a careful reader should know (datum not named, edited by hand, …).

    Examples
    --------
    >>> Provenance("road.gpkg", licence="ODbL 1.0", attribution="© OpenStreetMap contributors").fictional
    False
    """

    source: str
    licence: str = ""
    attribution: str = ""
    date: str = ""
    fictional: bool = False
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for TOML and JSON."""
        return {**asdict(self), "notes": list(self.notes)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Provenance:
        """Read what `to_dict` wrote."""
        return cls(**{**values, "notes": tuple(values.get("notes", ()))})
