"""The time zone of a place, from its position."""

from __future__ import annotations


def time_zone_at(longitude: float, latitude: float) -> str:
    """IANA name of the time zone; "UTC" on the high seas.

    Examples
    --------
    >>> time_zone_at(130.56, 32.93), time_zone_at(24.94, 60.17)
    ('Asia/Tokyo', 'Europe/Helsinki')
    """
    from timezonefinder import TimezoneFinder  # noqa: PLC0415 - only an import without a given zone pays for its polygons

    name = TimezoneFinder().timezone_at(lng=longitude, lat=latitude)
    # far from land only a whole-hour zone is known, which is no one's clock
    return "UTC" if name is None or name.startswith("Etc/") else str(name)
