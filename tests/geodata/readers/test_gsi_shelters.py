"""The GSI's shelters: flags, lists that do not exist, places named twice."""

import json

import pandas as pd
import pytest

from geodata.errors import InputError
from geodata.readers.gsi_shelters import is_gsi_shelters, read_gsi_shelters
from geodata.report import ImportReport
from geodata.tables import TABLES

FLAGS = ("洪水", "崖崩れ、土石流及び地滑り", "高潮", "地震", "津波", "大規模な火事", "内水氾濫", "火山現象")


def feature(name, x, y, *, flags=None, address="住所1", number="E1"):
    facts = {"NO": 1, "共通ID": number, "施設・場所名": name, "住所": address, "備考": ""}
    if flags is not None:
        facts |= dict.fromkeys(FLAGS, "") | dict.fromkeys(flags, "1")
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [x, y]}, "properties": facts}


def write(path, *features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")
    return path


def test_an_unavailable_list_is_empty_with_a_note(tmp_path):
    path = tmp_path / "emergency.geojson"
    path.write_text('{"type":"unavailable"}')
    report = ImportReport()
    assert is_gsi_shelters(path)
    assert read_gsi_shelters(path, report=report) == []
    assert "has published no such list" in report.lines[0].text


def test_flags_are_true_or_false_for_emergency_and_unknown_for_evacuation(tmp_path):
    emergency = write(tmp_path / "emergency.geojson", feature("A", 130.5, 32.9, flags=["洪水", "地震"]))
    made = read_gsi_shelters(emergency, report=ImportReport())[0].frame
    assert made.loc[0, ["river_flood", "earthquake", "tsunami", "high_tide"]].tolist() == [True, True, False, False]
    evacuation = write(tmp_path / "evacuation.geojson", feature("B", 130.5, 32.9))
    made = read_gsi_shelters(evacuation, report=ImportReport())[0].frame
    assert made.loc[0, "kind"] == "evacuation"
    assert made.loc[0, ["river_flood", "earthquake"]].isna().all()
    assert made.crs == "EPSG:6668"


def test_places_of_both_lists_become_one(tmp_path):
    emergency = write(tmp_path / "a.geojson", feature("羽田小学校", 139.745979, 35.54767, flags=["洪水"], number="E1"))
    evacuation = write(
        tmp_path / "b.geojson",
        feature("羽田小学校 ", 139.746184, 35.547493, number="E2"),  # 27 m away, a blank behind the name
        feature("羽田小学校", 139.80, 35.60, number="E3", address="別"),  # the same name elsewhere stays
    )
    report = ImportReport()
    made = read_gsi_shelters([evacuation, emergency], report=report)[0].frame
    assert made["id"].tolist() == ["E1", "E3"]
    assert made["kinds"].tolist() == ["emergency;evacuation", "evacuation"]
    assert made["river_flood"].tolist() == [True, pd.NA]
    assert report.totals("repaired") == {"shelters": 1}


def test_repeated_points_are_joined_and_disagreement_is_cautious(tmp_path):
    path = write(
        tmp_path / "a.geojson",
        feature("A", 130.5, 32.9, flags=["洪水"]),
        feature("A", 130.5, 32.9, flags=["地震"]),
        feature("B", 130.6, 32.9, flags=[]),
    )
    report = ImportReport()
    made = read_gsi_shelters(path, report=report)[0].frame
    assert made["name"].tolist() == ["A", "B"]
    assert made.loc[0, ["river_flood", "earthquake"]].tolist() == [False, False]
    assert report.totals("dropped") == {"shelters": 1}
    assert made["id"].tolist() == ["E1", "E1#2"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_municipal_csv(tmp_path, encoding):
    head = (
        "全国地方公共団体コード,ID,名称,所在地_連結表記,緯度,経度,"
        + ",".join(f"災害種別_{flag}" for flag in FLAGS)
        + ",想定収容人数"
    )
    rows = [
        "432067,1,玉名中学校,熊本県玉名市中,32.93,130.56,1,,,1,,,0,,350",
        "432067,2,岱明中学校,熊本県玉名市野口,,,1,,,1,,,,,",
    ]
    path = tmp_path / "432067_evacuation_space.csv"
    path.write_bytes("\r\n".join([head, *rows]).encode(encoding))
    assert is_gsi_shelters(path)
    report = ImportReport()
    made = read_gsi_shelters(path, report=report)[0].frame
    assert made["capacity"].tolist() == [350]
    assert made.loc[0, ["river_flood", "earthquake", "inland_flood", "tsunami"]].tolist() == [True, True, False, False]
    assert report.totals("dropped") == {"shelters": 1}
    TABLES["shelters"].check(TABLES["shelters"].completed(made))


def test_bad_files_are_one_clear_sentence(tmp_path):
    cut = tmp_path / "a.geojson"
    cut.write_text('{"type": "FeatureCollection", "features": [{"properties": {"共通ID": "E1"', encoding="utf-8")
    with pytest.raises(InputError, match="no valid JSON"):
        read_gsi_shelters(cut, report=ImportReport())
    cut.write_text("[1, 2]")
    with pytest.raises(InputError, match="no GeoJSON FeatureCollection"):
        read_gsi_shelters(cut, report=ImportReport())
    with pytest.raises(InputError, match="swapped"):
        read_gsi_shelters(write(tmp_path / "b.geojson", feature("A", 32.9, 130.5, flags=[])), report=ImportReport())
    with pytest.raises(InputError, match="does not exist"):
        read_gsi_shelters(tmp_path / "none.geojson", report=ImportReport())


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("city", "count", "kinds"),
    [
        ("plateau_tamana", 50, {"evacuation": 43, "emergency": 6, "emergency;evacuation": 1}),
        ("plateau_tokyo_ota", 91, {"emergency;evacuation": 90, "evacuation": 1}),
    ],
)
def test_real_shelters(realdata, city, count, kinds):
    report = ImportReport()
    folder = realdata / city / "shelters"
    assert is_gsi_shelters(folder)
    source = read_gsi_shelters(folder, report=report)[0]
    frame = TABLES["shelters"].completed(source.frame)
    TABLES["shelters"].check(frame)
    assert len(frame) == count
    assert source.frame["kinds"].value_counts().to_dict() == kinds
    assert "国土地理院" in source.provenance.attribution
    assert sum(report.totals(deed).get("shelters", 0) for deed in ("read",)) == count + report.totals("repaired")["shelters"]
    if city == "plateau_tamana":
        named = source.frame[source.frame["kind"] == "emergency"]
        assert (len(named), int(named["river_flood"].sum()), int(named["tsunami"].sum())) == (7, 5, 6)
