"""The mapping file, applied: units once at the door, sentinels to unknown, all faults at once, joins by key and by place."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from geodata.errors import InputError
from geodata.mapping import Join, Mapping, apply_mapping, join_tables, read_mapping, recognise
from geodata.report import ImportReport

EXAMPLES = Path(__file__).parents[3] / "examples"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_every_fault_of_a_mapping_file_is_named_at_once(tmp_path):
    path = write(
        tmp_path / "m.yaml",
        """
        layers:
          - file: a.gpkg
            table: buildings
            colour: red
            columns:
              hight: {from: H}
              height: {from: H, unit: furlong}
              floor_area: {from: A, unit: ft}
          - file: b.gpkg
            table: bildings
        """,
    )
    with pytest.raises(InputError) as caught:
        read_mapping(path)
    message = str(caught.value)
    for part in ("colour", "hight", "furlong", "unit ft does not fit m2", "bildings is none of"):
        assert part in message
    assert "5 faults" in message


@pytest.mark.parametrize(
    ("text", "match"), [("layers: [", "not YAML"), ("", "1 fault"), ("layers: []", "1 fault"), ("- 1", "1 fault")]
)
def test_what_is_no_mapping_is_refused(tmp_path, text, match):
    with pytest.raises(InputError, match=match):
        read_mapping(write(tmp_path / "m.yaml", text))
    with pytest.raises(InputError, match="cannot be read"):
        read_mapping(tmp_path / "none.yaml")


def test_yaml_words_that_older_yaml_takes_for_booleans_stay_words(tmp_path):
    path = write(
        tmp_path / "m.yaml",
        "layers:\n - {file: r.gpkg, table: roads, columns: {bridge: {from: B, values: {yes: true, no: false}}},\n"
        "    join: {file: x.csv, on: id}}\n",
    )
    mapping = read_mapping(path).layers[0]
    assert mapping.columns["bridge"].model_dump()["values"] == {"yes": True, "no": False}
    assert mapping.join[0].on == ("id",)


def test_units_are_converted_once_and_reported():
    """Quirk 15: elevations in metres and floor heights in feet in one table."""
    theirs = pd.DataFrame({"elev_m": [2.0, -9999.0], "floor_ft": [10.0, 0.5], "owner": ["A", "B"]})
    mapping = Mapping.model_validate(
        {
            "table": "buildings",
            "columns": {
                "ground_elevation": {"from": "elev_m", "missing": [-9999]},
                "floor_height": {"from": "floor_ft", "unit": "ft"},
            },
        }
    )
    report = ImportReport()
    ours = apply_mapping(theirs, mapping, report=report, source="x")
    assert ours.floor_height.tolist() == pytest.approx([3.048, 0.1524])
    assert ours.ground_elevation[0] == 2.0
    assert np.isnan(ours.ground_elevation[1])
    assert ours.owner.tolist() == ["A", "B"]
    assert any(line.text == "floor_height from floor_ft [ft]" and line.count == 2 for line in report.lines)
    assert any(line.deed == "defaulted" and line.count == 1 for line in report.lines)


@pytest.mark.parametrize("key", ["Object ID", "object_id"])
def test_renamed_keys_are_found_in_either_spelling(key):
    """Quirk 18: tables rename keys between versions."""
    theirs = pd.DataFrame({key: [7, 8]})
    mapping = Mapping.model_validate({"table": "buildings", "id": ["Object ID", "object_id"]})
    assert apply_mapping(theirs, mapping, report=ImportReport(), source="x").id.tolist() == ["7", "8"]


def test_all_absent_columns_are_named_together():
    mapping = Mapping.model_validate({"table": "buildings", "columns": {"height": "H", "storeys": ["S", "L"]}})
    with pytest.raises(InputError, match="no column H, S or L; it has A"):
        apply_mapping(pd.DataFrame({"A": [1]}), mapping, report=ImportReport(), source="x")


def test_a_column_that_only_happens_to_have_our_name_is_not_believed():
    theirs = pd.DataFrame({"height": [30.0], "H": [10.0]})
    mapping = Mapping.model_validate({"table": "buildings", "columns": {"height": {"from": "H", "unit": "ft"}}})
    ours = apply_mapping(theirs, mapping, report=ImportReport(), source="x")
    assert ours.height[0] == pytest.approx(3.048)
    assert ours.source_height[0] == 30.0


def test_values_choices_truths_and_fractions():
    theirs = pd.DataFrame({"U": ["APT", "apt ", "X", None], "B": ["YES", "no", "0", None], "S": ["3.5", "10+", "many", 2]})
    report = ImportReport()
    buildings = Mapping.model_validate(
        {"table": "buildings", "columns": {"use": {"from": "U", "values": {"APT": "apartment"}}, "storeys": "S"}}
    )
    ours = apply_mapping(theirs, buildings, report=report, source="x")
    assert ours.use.tolist() == ["apartment", "apartment", "", ""]
    assert ours.storeys.tolist() == [3, 10, pd.NA, 2]
    unusable = [line for line in report.lines if line.deed == "defaulted"]
    assert {tuple(line.examples) for line in unusable} == {("X",), ("many",)}
    roads = Mapping.model_validate({"table": "roads", "columns": {"bridge": "B"}})
    assert apply_mapping(theirs, roads, report=report, source="x").bridge.tolist() == [True, False, False, pd.NA]


def footprints():
    return geopandas.GeoDataFrame(
        {"n": ["a", "b", "c"]}, geometry=[box(0, 0, 10, 10), box(20, 0, 30, 10), box(100, 0, 110, 10)], crs="EPSG:32617"
    )


def structures():
    points = [Point(2, 2), Point(8, 8), Point(33, 5), Point(500, 500)]
    return geopandas.GeoDataFrame({"Object ID": [1, 2, 3, 4]}, geometry=points, crs="EPSG:32617")


def joined(join: dict, tables: dict[str, pd.DataFrame], tmp_path: Path, report: ImportReport):
    for name in tables:
        (tmp_path / name).touch()
    return join_tables(
        footprints(),
        Join.model_validate(join),
        folders=(tmp_path,),
        read=lambda path, layer: tables[path.name],
        report=report,
        table="buildings",
    )


def test_structures_meet_their_footprints_and_sums_are_sums(tmp_path):
    """Two structures in one footprint: values added up, the rest of the larger one; the far one is counted as lost."""
    exposure = pd.DataFrame(
        {"object_id": ["1", "2", "3", "4"], "value": [10.0, 30.0, 5.0, 7.0], "use": ["small", "large", "near", "far"]}
    )
    report = ImportReport()
    join = {"file": "s.gpkg", "how": "nearest", "max_distance": 5, "main": "value", "total": ["value"],
            "join": [{"file": "e.csv", "on": ["Object ID", "object_id"]}]}  # fmt: skip
    result = joined(join, {"s.gpkg": structures(), "e.csv": exposure}, tmp_path, report)
    assert result.value.tolist()[:2] == [40.0, 5.0]
    assert np.isnan(result.value[2])
    assert result.use.tolist()[:2] == ["large", "near"]
    assert result["Object ID"].tolist() == [2, 3, pd.NA]
    assert report.totals("dropped") == {"buildings ← s.gpkg": 1}
    noted = {line.what: line.count for line in report.lines if line.deed == "noted"}
    assert sorted(noted.values()) == [1, 1, 1]


def test_within_leaves_out_what_lies_beside(tmp_path):
    report = ImportReport()
    result = joined({"file": "s.gpkg", "how": "within"}, {"s.gpkg": structures()}, tmp_path, report)
    assert result["Object ID"].tolist() == [1, pd.NA, pd.NA]
    assert report.totals("dropped") == {"buildings ← s.gpkg": 2}


def test_a_join_that_cannot_be_made_says_why(tmp_path):
    with pytest.raises(InputError, match="is not in"):
        join_tables(
            footprints(),
            Join(file="no.csv", on=("n",)),
            folders=(tmp_path,),
            read=lambda *_: None,
            report=ImportReport(),
            table="b",
        )
    with pytest.raises(InputError, match="has no key column id"):
        joined({"file": "e.csv", "on": "id"}, {"e.csv": pd.DataFrame({"n": ["a"]})}, tmp_path, ImportReport())
    with pytest.raises(InputError, match="no geometry with a CRS"):
        joined({"file": "e.csv", "how": "within"}, {"e.csv": pd.DataFrame({"n": ["a"]})}, tmp_path, ImportReport())


RECOGNISED = [
    ({"osm_id": ["1"], "building": ["yes"]}, "buildings"),
    ({"full_id": ["w1"], "highway": ["primary"], "maxspeed": ["30 mph"]}, "roads"),
    ({"fd_id": [1], "occtype": ["RES1-1SNB"], "found_ht": [2.0]}, "buildings"),
    ({"object_id": [1], "secondary_object_type": ["RES3A"], "ground_flht": [0.5], "ground_elevtn": [2.0]}, "buildings"),
    ({"Object ID": [1], "Secondary Object Type": ["primary"], "Segment Length [m]": [10.0]}, "roads"),
    ({"gml_id": ["x"], "measuredHeight": [5.0]}, "buildings"),
    ({"bldg:measuredHeight": [5.0], "uro:buildingID": ["13111-bldg-1"]}, "buildings"),
    ({"identificatie": ["x"], "b3_h_maaiveld": [0.0], "b3_h_dak_max": [9.0]}, "buildings"),
    ({"release": [2], "capture_dates_range": ["2019"], "BF_FID": [1]}, "buildings"),
]


@pytest.mark.parametrize(("columns", "table"), RECOGNISED)
def test_known_column_sets_are_known_by_sight(columns, table):
    found = recognise(pd.DataFrame(columns), file_name="f")
    assert found is not None
    assert found.table == table
    apply_mapping(pd.DataFrame(columns), found, report=ImportReport(), source="f")


def test_strangers_are_not_recognised():
    for columns in ({"a": [1]}, {"name": ["x"], "height": [3]}, {"Object ID": [1]}, {}):
        assert recognise(pd.DataFrame(columns), file_name="f") is None


def test_the_national_structure_inventory_is_in_feet():
    theirs = pd.DataFrame(
        {
            "fd_id": [9],
            "occtype": ["RES1-2SNB"],
            "found_ht": [8.0],
            "sqft": [1000.0],
            "ground_elv": [10.0],
            "med_yr_blt": [1950],
            "num_story": [2],
        }
    )
    found = recognise(theirs, file_name="nsi")
    ours = apply_mapping(theirs, found, report=ImportReport(), source="nsi").iloc[0]
    assert (ours.use, ours.storeys, ours.year_built, ours.id) == ("house", 2, 1950, "9")
    assert ours.floor_height == pytest.approx(2.4384)
    assert ours.floor_area == pytest.approx(92.90304)
    assert ours.ground_elevation == pytest.approx(3.048)


def test_the_example_is_valid():
    document = read_mapping(EXAMPLES / "charleston-mapping.yaml")
    assert document.for_layer("building_footprints.gpkg", "southcarolina").table == "buildings"
    assert document.joined("nsi_buildings.gpkg")
    assert document.joined("nsi_exposure.csv")
    assert not document.joined("roads.gpkg")
