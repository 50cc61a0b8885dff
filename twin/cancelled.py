"""A run that somebody stopped."""

from __future__ import annotations

from geodata.errors import CityTwinError


class Cancelled(CityTwinError):  # noqa: N818 -- not an error of anybody's
    """Raised in a job's function when nobody wants its result any more."""
