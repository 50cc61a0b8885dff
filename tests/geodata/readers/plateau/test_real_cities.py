"""The two real PLATEAU sets: Tamana (i-UR 3.1) and Ōta (i-UR 1.4)."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from geodata.readers.plateau import is_plateau, read_plateau
from geodata.report import ImportReport
from geodata.source import SourceTable
from geodata.tables import TABLES

pytestmark = pytest.mark.realdata


def tables_of(path: Path, report: ImportReport) -> dict[str, SourceTable]:
    found = {}
    for source in read_plateau(path, report=report):
        assert isinstance(source, SourceTable)
        found[source.table] = source
        contract = TABLES[source.table]
        contract.check(contract.completed(source.frame))
    return found


def said(report: ImportReport, deed: str, words: str) -> int:
    return sum(line.count for line in report.lines if line.deed == deed and words in line.text)


def test_tamana_counts_and_risks(realdata: Path) -> None:
    report = ImportReport()
    tables = tables_of(realdata / "plateau_tamana", report)
    buildings, risks = tables["buildings"].frame, tables["building_risks"].frame
    assert len(buildings) == 242
    assert buildings["id"].is_unique
    assert (buildings["id"].str.startswith("43206-bldg-")).all()
    assert risks["hazard"].value_counts().to_dict() == {"river_flood": 435, "high_tide": 229}
    assert set(risks["building_id"]) == set(buildings["id"])
    assert risks["depth"].notna().all()
    assert set(risks.loc[risks["hazard"] == "river_flood", "scale"]) == {"L1", "L2"}
    assert set(risks.loc[risks["hazard"] == "river_flood", "authority"]) == {"国", "都道府県"}
    assert "菊池川水系菊池川" in set(risks["name"])
    assert not risks.duplicated(list(TABLES["building_risks"].unique)).any()
    assert report.totals("read")["buildings"] == 242
    assert report.totals("read")["building_risks"] == 664
    assert {"road_surfaces", "land_use", "water"} <= set(tables)
    assert said(report, "dropped", "OtherConstruction: not used") == 3
    assert said(report, "dropped", "udx/bldg_badxlink is no PLATEAU theme") == 1


def test_tamana_first_building_by_hand(realdata: Path) -> None:
    tables = tables_of(realdata / "plateau_tamana" / "udx" / "bldg", ImportReport())
    frame = tables["buildings"].frame.set_index("id")
    building = frame.loc["43206-bldg-33685"]
    assert (building["height"], building["storeys"], building["year_built"]) == (7.1, 2, 1987)
    assert (building["usage"], building["use"], building["structure"]) == ("文教厚生施設", "public", "reinforced_concrete")
    assert building["ground_elevation"] == pytest.approx(4.70589)
    west, south, east, north = building["geometry"].bounds
    assert 130.5624 <= west < east <= 130.5628
    assert 32.9333 <= south < north <= 32.9336
    heights = tables["buildings"].heights
    assert heights is not None
    assert (heights.datum, heights.unit, heights.epoch) == ("EPSG:6695", "m", "JGD2011")


def test_tamana_sentinels_are_unknown(realdata: Path) -> None:
    report = ImportReport()
    frame = tables_of(realdata / "plateau_tamana" / "udx" / "bldg", report)["buildings"].frame
    assert int(frame["storeys"].isna().sum()) == 61
    assert int(frame["year_built"].isna().sum()) == 110
    assert int(frame["floor_area"].isna().sum()) == 61
    # 62 heights are −9999; 61 solids carry the uniform 3 m of 取得不可のため一律値, one was estimated from its storeys.
    assert int(frame["height"].isna().sum()) == 61
    assert said(report, "defaulted", "height -9999 is a sentinel") == 62
    assert said(report, "defaulted", "一律値") == 61


def test_dangling_links_are_counted_and_cost_no_building(realdata: Path) -> None:
    report = ImportReport()
    frame = tables_of(realdata / "plateau_tamana" / "udx" / "bldg_badxlink", report)["buildings"].frame
    assert len(frame) == 242
    assert said(report, "noted", "dangling xlink") == 1
    line = next(line for line in report.lines if "dangling" in line.what)
    assert "pol_00000000" in line.examples[0]


def test_a_link_to_the_building_itself_does_not_go_round_in_circles(realdata: Path) -> None:
    report = ImportReport()
    tables_of(realdata / "plateau_tamana" / "udx" / "bldg", report)
    assert said(report, "noted", "no surface") == 1


def test_ota_counts(realdata: Path) -> None:
    report = ImportReport()
    tables = tables_of(realdata / "plateau_tokyo_ota", report)
    assert len(tables["buildings"].frame) == 43
    assert len(tables["road_surfaces"].frame) == 9
    assert set(tables["road_surfaces"].frame["kind"]) == {"carriageway"}
    areas = tables["areas"].frame
    assert areas["kind"].value_counts().to_dict() == {"hazard_zone": 55, "zoning": 29}
    assert set(areas.loc[areas["kind"] == "hazard_zone", "phenomenon"]) == {"急傾斜地の崩壊"}
    assert {"防火地域", "準防火地域"} & set(areas["name"])
    assert set(tables["land_use"].frame["kind"]) == {"park"}
    provenance = tables["buildings"].provenance
    assert (provenance.licence, provenance.date) == ("CC BY 4.0", "2023-03-22")
    assert "3D都市モデル_13100_2022" in provenance.source
    assert "土砂災害" in tables["areas"].provenance.source
    assert tables["areas"].heights is None


def test_ota_generic_risks_of_iur_14(realdata: Path) -> None:
    risks = tables_of(realdata / "plateau_tokyo_ota" / "udx" / "bldg", ImportReport())["building_risks"].frame
    assert len(risks) == 68
    record = risks[risks["building_id"] == "13111-bldg-726"].set_index(["name", "scale"])
    deepest = record.loc[("多摩水系多摩川、浅川、大栗川", "L2")]
    assert (deepest["hazard"], deepest["rank"], deepest["depth"], deepest["duration"]) == ("river_flood", 2, 2.16, 10.82)
    assert record.loc[("多摩水系多摩川、浅川、大栗川", "L1"), "depth"] == 0.65
    assert record.loc[("城南地区河川流域", "L2"), "rank"] == 1


def test_ota_a_number_followed_by_words_is_no_number(realdata: Path) -> None:
    report = ImportReport()
    frame = tables_of(realdata / "plateau_tokyo_ota" / "udx" / "bldg", report)["buildings"].frame.set_index("id")
    line = next(line for line in report.lines if line.deed == "defaulted" and "2.8（テスト）" in line.text)
    assert line.examples == ["13111-bldg-147301"]
    assert frame.loc["13111-bldg-147301", "height"] != 2.8


def test_one_file_alone_is_enough(realdata: Path) -> None:
    path = realdata / "plateau_tamana" / "udx" / "wtr" / "493034_wtr_6697_op.gml"
    assert is_plateau(path)
    water = tables_of(path, ImportReport())["water"]
    assert water.frame["kind"].tolist() == ["canal"]
    assert 1 < water.frame["level"].iloc[0] < 4
    assert shapely.is_valid(water.frame.geometry.iloc[0])


def test_bridges_have_decks(realdata: Path) -> None:
    frame = tables_of(realdata / "plateau_tamana" / "udx" / "brid", ImportReport())["road_surfaces"].frame
    assert frame["kind"].tolist() == ["bridge"] * 3
    assert frame["deck_elevation"].between(1, 10).all()
    metres = frame.to_crs("EPSG:6670")
    assert (metres.area > 5).all()


def test_is_plateau_knows_other_formats(realdata: Path) -> None:
    assert is_plateau(realdata / "plateau_tokyo_ota")
    for name in ("cityjson", "helsinki_osm", "merewether"):
        assert not is_plateau(realdata / name)
    assert not is_plateau(realdata / "plateau_tamana" / "codelists" / "Building_usage.xml")
