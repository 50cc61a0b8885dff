"""Sensor files of every form: what is in them, and what is wrong with them."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.errors import InputError
from geodata.readers.sensors import is_sensors, read_sensors
from geodata.readers.sensors.series import Series, build_tables, guess_kind
from geodata.report import ImportReport
from geodata.source import VerticalReference
from geodata.tables import TABLES


def write(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def read(path, *, report=None, **options):
    """Sensors and observations of a file, each completed and checked by its contract."""
    assert is_sensors(path)
    return tables(read_sensors(path, report=report if report is not None else ImportReport(), **options))


def tables(sources):
    made = {"sensors": [], "observations": []}
    for source in sources:
        table = TABLES[source.table].completed(source.frame)
        TABLES[source.table].check(table)
        made[source.table].append(table.to_crs("EPSG:4326") if source.table == "sensors" else table)
    joined = [pd.concat(frames, ignore_index=True) if frames else None for frames in made.values()]
    return joined[0], joined[1]


# --- what all forms share ---


def build(series, **options):
    report = options.pop("report", None) or ImportReport()
    return tables(build_tables(series, source="made.json", report=report, **options))


def level(**facts):
    return Series(**{"id": "g1", "kind": "river_level", "unit": "m", "longitude": 130.5, "latitude": 32.9, **facts})


def test_value_blocks_of_one_series_are_put_together():
    report = ImportReport()
    first = level(times=["2024-01-01T00:00Z"], readings=["1.0"], qualifiers=["P"])
    second = level(times=["2024-01-01T00:10Z", "2024-01-01T00:00Z"], readings=["2.0", "1.5"])
    sensors, readings = build([first, second], report=report)
    assert len(sensors) == 1
    assert readings["value"].tolist() == [1.5, 2.0]
    assert any("several value blocks" in line.text for line in report.lines)
    assert report.totals("dropped") == {"observations": 1}


def test_a_later_none_does_not_replace_a_reading():
    _, readings = build([level(times=["2024-01-01T00:00Z"] * 2, readings=["1.0", "-999999"])])
    assert readings["value"].tolist() == [1.0]


def test_sentinels_are_missing_and_reported():
    report = ImportReport()
    values = ["-999999", "-9999.0", "9999", "1.0", "abc", "", "NaN", "inf"]
    _, readings = build([level(times=[f"2024-01-01T0{i}:00Z" for i in range(8)], readings=values)], report=report)
    assert readings["value"].notna().sum() == 1
    assert report.totals("defaulted") == {"observations": 5}


def test_a_large_discharge_is_no_sentinel():
    _, readings = build([level(kind="discharge", unit="ft3/s", times=["2024-01-01T00:00Z"], readings=["9999"])])
    assert readings["value"][0] == pytest.approx(9999 * 0.3048**3)


def test_readings_are_sorted_and_gaps_counted():
    report = ImportReport()
    hours = [3, 0, 1, 2, 9]
    _, readings = build(
        [level(times=[f"2024-01-01T{h:02}:00Z" for h in hours], readings=[str(h) for h in hours])], report=report
    )
    assert readings["value"].tolist() == [0, 1, 2, 3, 9]
    assert report.totals("repaired") == {"observations": 1}
    assert any("gaps" in line.text and line.count == 1 for line in report.lines)


def test_a_sensor_without_a_place_is_reported_with_its_id_and_keeps_its_readings():
    report = ImportReport()
    lost = level(longitude=None, times=["2024-01-01T00:00Z"], readings=["1"])
    sensors, readings = build([lost], report=report)
    assert sensors is None
    assert len(readings) == 1
    line = next(line for line in report.lines if line.deed == "dropped")
    assert line.examples == ["g1"]
    sensors, _ = build([level(longitude=None)], location=(130.6, 32.8))
    assert (sensors.geometry.x[0], sensors.geometry.y[0]) == (130.6, 32.8)


def test_thresholds_are_converted_with_the_readings():
    sensors, _ = build([level(unit="ft", columns={"danger_level": 10.0}, times=["2024-01-01T00:00Z"], readings=["1"]),
                        level(id="g2", unit="cm", columns={"danger_level": 250.0})])  # fmt: skip
    assert sensors["danger_level"].tolist() == pytest.approx([3.048, 2.5])


def test_one_sensor_in_two_units_is_refused():
    with pytest.raises(InputError, match="two units, m and ft"):
        build(
            [level(times=["2024-01-01T00:00Z"], readings=["1"]), level(unit="ft", times=["2024-01-01T01:00Z"], readings=["1"])]
        )


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.one_of(st.floats(-50, 50), st.sampled_from(["-999999", "", None, "x"]))), max_size=30
    )
)
@settings(max_examples=30, deadline=None)
def test_any_feed_becomes_a_valid_table_and_nothing_vanishes(readings):
    report = ImportReport()
    times = [f"2024-01-01T00:{minute:02}:00+09:00" for minute, _ in readings]
    _, made = build([level(times=times, readings=[value for _, value in readings])], report=report)
    kept = 0 if made is None else len(made)
    assert kept == len({minute for minute, _ in readings})
    assert kept + report.totals("dropped").get("observations", 0) == report.totals("read").get("observations", 0)
    if made is not None:
        assert made["time"].is_monotonic_increasing
        last = {minute: float(value) for minute, value in readings if isinstance(value, float)}
        assert sorted(made["value"].dropna()) == pytest.approx(sorted(last.values()))


def test_kinds_are_guessed_from_words():
    words = {"潮位": "tide_level", "10分雨量": "rain", "水位": "river_level", "流量": "discharge",
    "地下水位": "groundwater", "冠水深": "street_depth",
             "Streamflow, ft&#179;/s": "discharge", "sea_surface_height": "tide_level",
             "waterTemperature": "other"}  # fmt: skip
    assert {word: guess_kind(word) for word in words} == words


# --- CSV ---


def test_csv_with_stations_units_and_flags(tmp_path):
    text = "station, time ,lat,lon,water_level [cm],qartod_flag,remark\nA,2024-01-01 09:00,32.9,130.5,120,1,\n"
    text += "B,2024-01-01 09:00,,,80,4,清掃\nA,2024-01-01 09:10,32.9,130.5,-9999,9,\n"
    report = ImportReport()
    sensors, readings = read(write(tmp_path / "a.csv", "\ufeff" + text), zone="Asia/Tokyo", report=report)
    assert sensors["id"].tolist() == ["A"]
    assert sensors["unit"].tolist() == ["m"]
    assert readings["sensor_id"].tolist() == ["A", "A", "B"]
    assert readings["value"].tolist()[0] == pytest.approx(1.2)
    assert readings["flag"].tolist() == [1, 9, 4]
    assert str(readings["time"][0]) == "2024-01-01 00:00:00+00:00"
    assert '"清掃"' in readings["attributes"][2]
    assert any("taken as Asia/Tokyo" in line.text for line in report.lines)


def test_csv_without_header_names_neither_unit_nor_zone(tmp_path):
    report = ImportReport()
    path = write(tmp_path / "tide.csv", "2021-11-04 00:00:00,     1.219\n2021-11-04 00:06:00,     1.205\n")
    sensors, readings = read(path, report=report, location=(-79.92, 32.78))
    assert sensors["kind"].tolist() == ["tide_level"]
    assert readings["value"].tolist() == [1.219, 1.205]
    said = [line.text for line in report.lines]
    assert "the source names no unit for the readings" in said
    assert "times name no zone; they are taken as UTC" in said
    _, feet = read(path, unit="ft")
    assert feet["value"][0] == pytest.approx(1.219 * 0.3048)


def test_csv_with_several_value_columns_and_an_erddap_units_line(tmp_path):
    path = write(tmp_path / "a.csv", "time,stage,rain\nUTC,ft,in\n2024-01-01T00:00Z,10,1\n2024-01-01T01:00Z,11,2\n")
    sensors, readings = read(path, location=(0.0, 50.0))
    assert dict(zip(sensors["id"], sensors["unit"], strict=True)) == {"a:stage": "m", "a:rain": "mm"}
    assert readings.groupby("sensor_id")["value"].max().to_dict() == pytest.approx({"a:stage": 3.3528, "a:rain": 50.8})


def test_csv_in_seconds_since_1970(tmp_path):
    _, readings = read(write(tmp_path / "level.csv", "timestamp,level\n1536181200,0.5\n1536184800,0.6\n"))
    assert str(readings["time"][0]) == "2018-09-05 21:00:00+00:00"


def test_what_is_no_sensor_file_is_refused(tmp_path):
    for name, content, words in (
        ("a.json", '{"type": "FeatureCollection", "features": []}', "of no sensor form known here"),
        ("b.json", '{"value": [{"@iot.id": 1', "no valid JSON"),
        ("c.csv", "name,colour\nA,red\n", "of no sensor form known here"),
        ("d.csv", "", "of no sensor form known here"),
    ):
        path = write(tmp_path / name, content)
        assert not is_sensors(path)
        with pytest.raises(InputError, match=words):
            read_sensors(path, report=ImportReport())
    with pytest.raises(InputError, match="does not exist"):
        read_sensors(tmp_path / "none.csv", report=ImportReport())


@given(
    st.lists(st.floats(-100, 100, allow_nan=False).map(lambda v: round(v, 3)), min_size=1, max_size=20),
    st.sampled_from([",", "\t", ";"]),
)
@settings(max_examples=40, deadline=None)
def test_any_csv_series_is_read_back(values, delimiter):
    values = [value for value in values if value not in (-99.99,)] or [1.0]
    times = pd.date_range("2024-01-01", periods=len(values), freq="10min", tz="Asia/Tokyo")
    lines = [f"time{delimiter}level_m"] + [
        f"{time.isoformat()}{delimiter}{value!r}" for time, value in zip(times, values, strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        _, readings = read(write(Path(folder) / "a.csv", "\n".join(lines)))
    assert readings["value"].tolist() == values
    assert readings["time"].tolist() == times.tz_convert("UTC").tolist()


# --- SensorThings ---

STREAM = {
    "@iot.id": 7, "name": "level of bridge", "unitOfMeasurement": {"symbol": "cm"}, "observationType": "OM_Measurement",
    "ObservedProperty": {"name": "Water level"},
    "Observations": [{"phenomenonTime": "2024-01-01T09:00:00+09:00", "result": 150},
    {"phenomenonTime": "2024-01-01T00:10:00Z", "result": None}],
}  # fmt: skip
PLACE = {
    "encodingType": "application/geo+json",
    "location": {"type": "Feature", "geometry": {"type": "Point", "coordinates": [130.5, 32.9]}},
}


@pytest.mark.parametrize(
    "content",
    [
        {"value": [{"@iot.id": 1, "name": "T", "Locations": [PLACE], "Datastreams": [STREAM]}]},
        {"value": [{**STREAM, "Thing": {"@iot.id": 1, "Locations": [PLACE]}}]},
        {**STREAM, "Thing": {"@iot.id": 1, "Locations": [PLACE]}},
        {**STREAM, "observedArea": {"type": "Polygon", "coordinates": [[[130, 32], [131, 32], [131, 33], [130, 33], [130,
        32]]]}},
        {"value": [{"Datastream": {**STREAM, "Observations": None, "Thing": {"Locations": [PLACE]}}, "components": ["id",
        "phenomenonTime", "result"],
                    "dataArray": [[1, "2024-01-01T00:00:00Z", 150], [2, "2024-01-01T00:10:00Z", None]]}]},
        {"value": [{"@iot.id": 3, "Datastream": {**STREAM, "Observations": [], "Thing": {"Locations": [PLACE]}},
        **one} for one in STREAM["Observations"]]},
    ],
    ids=["things", "streams", "one stream", "observed area", "data array", "observations"],
)  # fmt: skip
def test_sensorthings(tmp_path, content):
    sensors, readings = read(write(tmp_path / "a.json", content))
    assert sensors.loc[0, ["id", "kind", "unit"]].tolist() == ["datastream-7", "river_level", "m"]
    assert np.allclose(sensors.geometry.y, 32.9, atol=0.5)
    assert readings["value"].tolist()[0] == 1.5
    assert readings["value"].isna().tolist() == [False, True]
    assert str(readings["time"][0]) == "2024-01-01 00:00:00+00:00"


def test_sensorthings_says_that_further_pages_are_missing(tmp_path):
    report = ImportReport()
    content = {
        "@iot.nextLink": "more",
        "value": [{**STREAM, "Observations@iot.nextLink": "more", "Thing": {"Locations": [PLACE]}}],
    }
    read(write(tmp_path / "a.json", content), report=report)
    assert sum(line.count for line in report.lines if "one page of several" in line.text) == 2
    with pytest.raises(InputError, match="holds no Datastream"):
        read_sensors(write(tmp_path / "b.json", {"value": [{"@iot.id": 1, "name": "T", "Locations": []}]}), report=report)


# --- NGSI ---


def test_ngsi_history_as_an_array(tmp_path):
    levels = [{"type": "Property", "value": v, "unitCode": "FOT", "observedAt": f"2024-01-01T0{v}:00:00Z"} for v in (1, 2, 3)]
    entity = {"id": "urn:ngsi-ld:WaterObserved:1", "type": "WaterObserved", "waterLevel": levels,
              "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7.19, 43.66]}}}  # fmt: skip
    sensors, readings = read(write(tmp_path / "a.jsonld", [entity]))
    assert sensors["unit"].tolist() == ["m"]
    assert readings["value"].tolist() == pytest.approx([0.3048, 0.6096, 0.9144])


def test_ngsi_entities_of_one_id_are_one_sensor(tmp_path):
    entities = [
        {"id": "urn:ngsi-ld:X:1", "type": "X", "rainfall": v, "dateObserved": f"2024-01-01T0{v}:00:00Z"} for v in (1, 2)
    ]
    _, readings = read(write(tmp_path / "a.json", entities))
    assert readings["sensor_id"].unique().tolist() == ["urn:ngsi-ld:X:1:rainfall"]
    assert readings["value"].tolist() == [1, 2]


# --- USGS ---


def usgs_series(blocks, code="00065", unit="ft"):
    return {
        "declaredType": "org.cuahsi.waterml.TimeSeriesResponseType",
        "value": {"timeSeries": [{
            "name": f"USGS:1:{code}", "sourceInfo": {"siteName": "A",
            "geoLocation": {"geogLocation": {"srs": "EPSG:4326", "latitude": 39, "longitude": -75}},
                                                    "timeZoneInfo": {"defaultTimeZone": {"zoneOffset": "-05:00"}}},
            "variable": {"variableCode": [{"value": code}], "unit": {"unitCode": unit}, "noDataValue": -888.0},
            "values": [{"value": [{"value": v, "dateTime": t, "qualifiers": q} for v, t, q in block]} for block in blocks],
        }]},
    }  # fmt: skip


def test_usgs_blocks_sentinels_offsets_and_qualifiers(tmp_path):
    blocks = [[("10", "2024-01-01T00:00:00.000-05:00", ["P"]), ("-999999", "2024-01-01T00:15:00.000-05:00", ["P", "Eqp"])],
              [("-888", "2024-01-01T00:30:00.000-05:00", ["A"]), ("11", "2024-01-01T05:00:00.000Z", ["A", "e"])]]  # fmt: skip
    report = ImportReport()
    sensors, readings = read(write(tmp_path / "iv.txt", usgs_series(blocks)), report=report)
    assert sensors.loc[0, ["kind", "unit"]].tolist() == ["river_level", "m"]
    assert readings["value"].isna().tolist() == [False, True, True]
    assert readings["value"][0] == pytest.approx(11 * 0.3048)  # the same instant, sent again later
    assert "A,e" in readings["attributes"][0]
    assert report.totals("defaulted") == {"observations": 2}


def test_usgs_days_begin_at_local_midnight(tmp_path):
    _, readings = read(write(tmp_path / "dv.txt", usgs_series([[("5", "2020-02-14T00:00:00.000", ["P"])]])))
    assert str(readings["time"][0]) == "2020-02-14 05:00:00+00:00"


# --- real files ---


@pytest.mark.realdata
def test_ioos_water_level_has_no_place(realdata):
    report = ImportReport()
    path = realdata / "sensors" / "ioos" / "water_level_example.csv"
    sensors, readings = read(path, report=report)
    assert sensors is None
    assert len(readings) == 7241
    assert str(readings["time"].iloc[0]) == "2018-09-05 21:00:00+00:00"
    assert any("gaps" in line.text and line.count == 237 for line in report.lines)
    sensors, _ = read(path, location=(-80.0, 32.0))
    assert sensors.loc[0, ["kind", "unit", "interval"]].tolist() == ["tide_level", "m", 3600.0]


@pytest.mark.realdata
def test_usgs_real_files(realdata):
    folder = realdata / "sensors" / "usgs"
    sensors, readings = read(folder / "waterservices_iv.txt")
    assert (len(sensors), len(readings)) == (4, 20)
    assert readings["value"].iloc[0] == pytest.approx(974 * 0.3048**3)
    report = ImportReport()
    sensors, readings = read(folder / "waterservices_dv.txt", report=report)
    assert (len(sensors), len(readings)) == (10, 4)
    assert any("without a single reading" in line.text and line.count == 8 for line in report.lines)
    sensors, readings = read(folder / "waterdata_ogc_fixtures.json")
    assert sensors.set_index("id").loc["USGS-06904500:00065:00011", "unit"] == "m"
    assert readings["value"].notna().all()


@pytest.mark.realdata
def test_usgs_site_list_keeps_datums_apart(realdata):
    sources = read_sensors(realdata / "sensors" / "usgs" / "nwis_sites.txt", report=ImportReport())
    counts = {source.heights.datum if source.heights else "": len(source.frame) for source in sources}
    assert counts == {"NGVD29": 104, "NAVD88": 50, "COE1912": 3, "": 49}
    assert {source.heights.unit for source in sources if source.heights} == {"ft"}
    assert sources[0].frame.crs == "EPSG:4269"
    first = sources[0].frame.iloc[0]
    assert (first["id"], first["gauge_zero"], sources[0].heights) == (
        "USGS-03161500",
        2550.0,
        VerticalReference("NGVD29", "ft"),
    )


@pytest.mark.realdata
def test_ngsi_real_files(realdata):
    folder = realdata / "sensors" / "ngsi"
    for path in sorted((folder / "FloodMonitoring").rglob("example[-.]*")):
        report = ImportReport()
        sensors, readings = read(path, report=report, location=(73.85, 18.52))
        assert sensors.loc[0, ["caution_level", "danger_level"]].tolist() in ([10.0, 25.0], [11.0, 26.0])
        assert readings["value"].iloc[0] in (0.98, 1.98)
        assert str(readings["time"].iloc[0]) == "2020-09-16 08:00:00+00:00"
    for path in sorted((folder / "WaterObserved").rglob("example[-.]*")):
        report = ImportReport()
        sensors, _ = read(path, report=report, near=(7.0, 43.5, 7.4, 43.8))
        assert sensors.geometry.y.tolist() == pytest.approx([43.66481] * len(sensors))  # written latitude first
        assert report.totals("repaired") == {"sensors": len(sensors)}
    for path in sorted((folder / "RainFallRadarObserved").rglob("example[-.]*")):
        report = ImportReport()
        assert read(path, report=report) == (None, None)
        assert report.totals("dropped") == {"sensors": 1}


@pytest.mark.realdata
def test_frost_batch_and_uk_stations(realdata):
    sensors, readings = read(realdata / "sensors" / "sta" / "frost_dataBatchPost.json")
    assert (len(sensors), len(readings)) == (8, 32)
    assert (sensors.geometry.x[0], sensors.geometry.y[0]) == (8, 49)
    places = []
    for name in ("csv", "geojson"):
        sensors, readings = read(realdata / "sensors" / "ea_uk" / f"water_level_monitoring_stations_trafford.{name}")
        assert readings is None
        assert (len(sensors), set(sensors["kind"]), set(sensors["unit"])) == (19, {"river_level"}, {"m"})
        places.append(dict(zip(sensors["id"], sensors.geometry.x, strict=True)))
    assert places[0] == places[1]


@pytest.mark.realdata
def test_charleston_series_and_files_that_are_no_sensors(realdata):
    folder = realdata / "charleston"
    report = ImportReport()
    _, readings = read(folder / "kingTideNov2021_tide.csv", report=report)
    assert len(readings) == 1201
    assert float(readings["value"].max()) == pytest.approx(1.8, abs=1.0)
    others = [folder / "nsi_exposure.csv", folder / "vulnerability_curves.csv",
    realdata / "plateau_tamana" / "shelters" / "emergency_432067.geojson",
              realdata / "merewether" / "extent.csv"]  # fmt: skip
    assert not any(is_sensors(path) for path in others)


def test_a_large_json_of_something_else_is_told_from_its_head(tmp_path):
    features = [{"type": "Feature", "properties": {"height": 3}, "geometry": None}] * 5000
    assert not is_sensors(write(tmp_path / "buildings.geojson", {"type": "FeatureCollection", "features": features}))
    stream = {**STREAM, "Observations": STREAM["Observations"] * 5000, "Thing": {"@iot.id": 1, "Locations": [PLACE]}}
    assert is_sensors(write(tmp_path / "stream.json", {"value": [stream]}))
