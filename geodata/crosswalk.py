"""What became of each element when a city was imported again: old id ↔ new id, so that notes and comments keep their place."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geodata.city import City
from geodata.report import ImportReport
from geodata.tables import TABLES

OVERLAP = 0.5
"""Intersection over union from which on two footprints of different ids are one building under a new name."""
NEAR = 2.0
"""Distance within which two points of different ids are one, m."""
STATUSES = ("same", "changed", "renamed", "added", "removed")
_TABLES = ("buildings", "roads", "shelters", "facilities", "sensors", "areas")
_COLUMNS = ["table", "old_id", "new_id", "status", "overlap"]


def make_crosswalk(old: City, new: City, report: ImportReport) -> pd.DataFrame:
    """Match the elements of two versions of a city.

    Parameters
    ----------
    old, new
        Before and after; in any two CRSs.
    report
        Takes the counts.

    Returns
    -------
    One row per element, sorted: table, old_id ("" added), new_id ("" removed), status, overlap (intersection over union
    of footprints, NaN for other tables). Status: "same" = id and every column equal; "changed" = id equal, content not;
    "renamed" = another id on the same footprint (overlap ≥ 0.5), point (within 2 m) or line; "added"; "removed".
    """
    frames = []
    for table in _TABLES:
        if not (old.has(table) or new.has(table)):
            continue
        before, after = old.table(table), new.table(table)
        if before.crs != after.crs:
            before = before.to_crs(after.crs)
        rows = match_elements(before, after, polygons="Polygon" in TABLES[table].geometry)
        rows.insert(0, "table", table)
        for status in STATUSES:
            count = int((rows["status"] == status).sum())
            report.noted(table, "crosswalk to the package that was replaced: {status}", count, values={"status": status})
        frames.append(rows)
    if not frames:
        return pd.DataFrame(columns=_COLUMNS)
    return pd.concat(frames, ignore_index=True)[_COLUMNS]


def match_elements(before: geopandas.GeoDataFrame, after: geopandas.GeoDataFrame, *, polygons: bool) -> pd.DataFrame:
    """Old and new ids of one table, with status and overlap; see `make_crosswalk`.

    Examples
    --------
    >>> def town(ids, lefts):
    ...     return geopandas.GeoDataFrame({"id": ids}, geometry=[shapely.box(x, 0, x + 10, 10) for x in lefts], crs="EPSG:6677")
    >>> match_elements(town(["a", "b"], [0, 50]), town(["a", "c"], [0, 52]), polygons=True)
      old_id new_id   status   overlap
    0      a      a     same  1.000000
    1      b      c  renamed  0.666667
    """
    shared = np.intersect1d(before["id"].to_numpy(dtype=object).astype(str), after["id"].to_numpy(dtype=object).astype(str))
    one, two = before.set_index("id").loc[shared], after.set_index("id").loc[shared]
    equal = _equal_rows(one, two)
    kept = pd.DataFrame({
        "old_id": shared,
        "new_id": shared,
        "status": np.where(equal, "same", "changed"),
        "overlap": _overlap(one.geometry.to_numpy(), two.geometry.to_numpy()) if polygons else np.nan,
    })  # fmt: skip
    lost, made = before[~before["id"].isin(shared)], after[~after["id"].isin(shared)]
    pairs = _paired(lost.geometry.to_numpy(), made.geometry.to_numpy(), polygons=polygons)
    old_ids, new_ids = lost["id"].to_numpy(dtype=object), made["id"].to_numpy(dtype=object)
    renamed = pd.DataFrame({
        "old_id": [old_ids[i] for i, _, _ in pairs],
        "new_id": [new_ids[j] for _, j, _ in pairs],
        "status": "renamed",
        "overlap": [share for _, _, share in pairs],
    })  # fmt: skip
    removed = pd.DataFrame(
        {
            "old_id": np.setdiff1d(old_ids.astype(str), renamed["old_id"].to_numpy(dtype=object).astype(str)),
            "new_id": "",
            "status": "removed",
            "overlap": np.nan,
        }
    )
    added = pd.DataFrame(
        {
            "old_id": "",
            "new_id": np.setdiff1d(new_ids.astype(str), renamed["new_id"].to_numpy(dtype=object).astype(str)),
            "status": "added",
            "overlap": np.nan,
        }
    )
    rows = [
        frame.astype({"old_id": "str", "new_id": "str", "status": "str", "overlap": "float64"})
        for frame in (kept, renamed, removed, added)
    ]
    return pd.concat(rows, ignore_index=True).sort_values(["old_id", "new_id"], kind="stable").reset_index(drop=True)


def _equal_rows(one: geopandas.GeoDataFrame, two: geopandas.GeoDataFrame) -> NDArray[np.bool_]:
    # a centimetre and a centimetre of water: what survives a change of CRS and back
    equal = np.asarray(shapely.equals_exact(one.geometry.to_numpy(), two.geometry.to_numpy(), tolerance=0.01), dtype=bool)
    geometry = one.geometry.name if len(one) else "geometry"
    for column in one.columns:
        if column == geometry or column not in two.columns:
            continue
        first, second = one[column], two[column]
        same = (first == second).fillna(False).to_numpy(bool) | (first.isna() & second.isna()).to_numpy(bool)
        equal &= same
    return equal


def _overlap(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.float64]:
    """Intersection over union, row by row."""
    shared = shapely.area(shapely.intersection(first, second))
    whole = shapely.area(first) + shapely.area(second) - shared
    return np.asarray(shared / np.where(whole > 0, whole, np.inf), dtype=np.float64)


def _paired(before: NDArray[Any], after: NDArray[Any], *, polygons: bool) -> list[tuple[int, int, float]]:
    """Old and new elements that are the same thing, each at most once, the best matches first."""
    if not len(before) or not len(after):
        return []
    tree = shapely.STRtree(after)
    if polygons:
        one, two = tree.query(before, predicate="intersects")
        score = _overlap(before[one], after[two])
        good = score >= OVERLAP
    else:
        one, two = tree.query(before, predicate="dwithin", distance=NEAR)
        score = -np.asarray(shapely.hausdorff_distance(before[one], after[two]))
        good = score >= -NEAR
    one, two, score = one[good], two[good], score[good]
    pairs, used_old, used_new = [], set(), set()
    for k in np.lexsort((two, one, -score)):
        i, j = int(one[k]), int(two[k])
        if i not in used_old and j not in used_new:
            used_old.add(i)
            used_new.add(j)
            pairs.append((i, j, float(score[k]) if polygons else float("nan")))
    return pairs
