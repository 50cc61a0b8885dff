"""Posted speed limits that nobody believes: slips of the hand and of units, told and taken for unknown."""

from __future__ import annotations

import geopandas
import numpy as np

from geodata.report import ImportReport

KILOMETRE_PER_HOUR = 1 / 3.6
PLAUSIBLE = (5 * KILOMETRE_PER_HOUR, 150 * KILOMETRE_PER_HOUR)
"""Posted limits outside of these, m/s, are taken for mistakes."""


def believed_limits(roads: geopandas.GeoDataFrame, report: ImportReport) -> geopandas.GeoDataFrame:
    """The roads with limits that are not believed (0, 300 km/h …) as unknown; the report names them.

    Examples
    --------
    >>> import shapely
    >>> lines = shapely.linestrings([[[0, 0], [1, 0]]] * 3)
    >>> roads = geopandas.GeoDataFrame({"id": list("abc"), "speed_limit": [0.0, 13.9, 83.3]}, geometry=lines, crs="EPSG:6677")
    >>> report = ImportReport()
    >>> believed_limits(roads, report)["speed_limit"].tolist()
    [nan, 13.9, nan]
    >>> report.lines[0].count, report.lines[0].examples
    (2, ['a: 0 km/h', 'c: 300 km/h'])
    """
    limit = roads["speed_limit"].to_numpy(np.float64)
    wrong = (limit < PLAUSIBLE[0]) | (limit > PLAUSIBLE[1])
    if not wrong.any():
        return roads
    told = [f"{name}: {value:.0f} km/h" for name, value in zip(roads["id"][wrong], limit[wrong] * 3.6, strict=True)]
    report.repaired(
        "roads", "speed limit below 5 or above 150 km/h: not believed, the class of the road speaks", int(wrong.sum()),
        examples=told,
    )  # fmt: skip
    return roads.assign(speed_limit=np.where(wrong, np.nan, limit))
