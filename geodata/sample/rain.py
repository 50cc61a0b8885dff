"""How much rain falls on the sample city how often: made up, in the order of a town in the west of Japan."""

from __future__ import annotations

import pandas as pd

from geodata.sample.names import CITY, CITY_ENGLISH

NAME = f"{CITY} {CITY_ENGLISH}"
SOURCE = f"{CITY_ENGLISH} (fictional) {CITY}(架空)"
VALID = "2025"
_MINUTES = (10, 30, 60, 120, 180, 360, 720, 1440)
_DEPTHS = {
    2: (15, 30, 43, 58, 69, 90, 116, 148),
    10: (22, 44, 64, 86, 102, 133, 172, 219),
    30: (27, 53, 76, 103, 122, 159, 205, 262),
    100: (31, 62, 89, 121, 144, 187, 241, 308),
    1000: (40, 80, 114, 154, 183, 239, 307, 392),
}
"""Depths of `_MINUTES`, mm, by return period, years."""


def rain_statistics_frame() -> pd.DataFrame:
    """Depths by return period and duration, for the table ``rain_statistics``.

    Examples
    --------
    >>> frame = rain_statistics_frame()
    >>> frame[(frame["return_period"] == 100) & (frame["duration"] == 3600)]["depth"].tolist()
    [89.0]
    """
    return pd.DataFrame(
        [
            {
                "name": NAME, "return_period": float(years), "duration": minutes * 60.0, "depth": float(depth),
                "source": SOURCE, "valid": VALID,
            }
            for years, depths in _DEPTHS.items()
            for minutes, depth in zip(_MINUTES, depths, strict=True)
        ]
    )  # fmt: skip
