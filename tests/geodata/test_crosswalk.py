from __future__ import annotations

import geopandas
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata.assemble import assemble
from geodata.crosswalk import STATUSES, make_crosswalk, match_elements
from geodata.report import ImportReport
from geodata.source import SourceTable
from tests.geodata.small_city import CRS, MADE_UP, houses


def _town(frame: geopandas.GeoDataFrame):  # type: ignore[no-untyped-def]
    return assemble([SourceTable("buildings", frame, MADE_UP)], name="Town", report=ImportReport())


def test_each_fate_is_told() -> None:
    after = houses()
    after.loc[1, "height"] = 9.0  # changed
    after.loc[2, "geometry"] = shapely.affinity.translate(after.geometry[2], 1, 0)  # moved: changed
    after.loc[3, "id"] = "renumbered"  # 8/12 of both together: renamed
    after.loc[3, "geometry"] = shapely.affinity.translate(after.geometry[3], 2, 0)
    after.loc[4, ["id", "geometry"]] = ["new", shapely.affinity.translate(after.geometry[4], 6, 0)]  # 4/16: another
    report = ImportReport()
    rows = make_crosswalk(_town(houses()), _town(after), report).set_index("old_id")
    assert rows.loc["house-0", "status"] == "same"
    assert rows.loc["house-1", "status"] == "changed"
    assert rows.loc["house-2", "status"] == "changed"
    assert tuple(rows.loc["house-3", ["new_id", "status"]]) == ("renumbered", "renamed")
    assert abs(rows.loc["house-3", "overlap"] - 8 / 12) < 1e-6
    assert rows.loc["house-4", "status"] == "removed"
    assert rows.loc["", "new_id"] == "new"
    counts = {line.values["status"]: line.count for line in report.lines if line.layer == "buildings"}
    assert counts == {"same": 5, "changed": 2, "renamed": 1, "added": 1, "removed": 1}


def test_another_crs_is_the_same_town() -> None:
    other = assemble([SourceTable("buildings", houses(), MADE_UP)], name="Town", report=ImportReport(), crs="EPSG:32654")
    rows = make_crosswalk(_town(houses()), other, ImportReport())
    assert set(rows["status"]) == {"same"}


@given(st.lists(st.booleans(), min_size=9, max_size=9), st.lists(st.booleans(), min_size=9, max_size=9))
def test_nothing_is_lost_and_nothing_used_twice(old_kept: list[bool], renamed: list[bool]) -> None:
    before = houses()[["id", "geometry"]][old_kept].reset_index(drop=True)
    after = houses()[["id", "geometry"]]
    after = after.assign(
        id=[f"new-{n}" if rename else name for n, (name, rename) in enumerate(zip(after["id"], renamed, strict=True))]
    )
    rows = match_elements(before, after, polygons=True)
    assert set(rows["status"]) <= set(STATUSES)
    assert sorted(name for name in rows["old_id"] if name) == sorted(before["id"])
    assert sorted(name for name in rows["new_id"] if name) == sorted(after["id"])
    # every house stands where it stood
    assert not ((rows["status"] == "removed").any())


def test_points_within_two_metres_are_one() -> None:
    one = geopandas.GeoDataFrame({"id": ["a", "b"]}, geometry=[shapely.Point(0, 0), shapely.Point(50, 0)], crs=CRS)
    two = geopandas.GeoDataFrame({"id": ["c", "d"]}, geometry=[shapely.Point(1, 0), shapely.Point(55, 0)], crs=CRS)
    rows = match_elements(one, two, polygons=False)
    assert set(zip(rows["old_id"], rows["new_id"], rows["status"], strict=True)) == {
        ("a", "c", "renamed"), ("b", "", "removed"), ("", "d", "added"),
    }  # fmt: skip
