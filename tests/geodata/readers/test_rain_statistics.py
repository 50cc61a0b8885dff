"""Rain statistics from CSV files: units in the names of the columns, and one sentence for each thing that can be wrong."""

from __future__ import annotations

import json

import pytest

from geodata.errors import InputError
from geodata.importer import import_city
from geodata.package import open_city, read_report
from geodata.readers.rain_statistics import is_rain_statistics, read_rain_statistics
from geodata.report import ImportReport
from geodata.sample.rain import rain_statistics_frame

GOOD = """return_period_years,duration_min,depth_mm,name,source,valid
2,10,15,gauge,Weather office,2024
2,60,40,gauge,Weather office,2024
100,60,90,gauge,Weather office,2024
100,10,30,gauge,Weather office,2024
"""


def read(folder, text):
    path = folder / "rain.csv"
    path.write_text(text, encoding="utf-8")
    assert is_rain_statistics(path)
    return read_rain_statistics(path, report=ImportReport())[0]


def test_units_are_those_of_the_columns_names(tmp_path):
    told = read(tmp_path, GOOD)
    assert told.frame["duration"].tolist() == [600, 3600, 3600, 600]
    assert (told.provenance.attribution, told.provenance.date) == ("Weather office", "2024")
    inches = read(tmp_path, "Return_Period_Years;Duration_h;Depth_in\n100;1;2\n100;24;5,5".replace(",", "."))
    assert inches.frame["depth"].tolist() == pytest.approx([50.8, 139.7])
    assert inches.frame["duration"].tolist() == [3600, 86400]
    assert inches.frame["name"].tolist() == ["rain", "rain"], "without a name, that of the file"


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("depth_mm", "depth", "has none of the columns depth_mm, depth_cm, depth_in"),
        ("duration_min", "duration", "has none of the columns duration_s"),
        ("return_period_years", "return_period", "has no column return_period_years"),
        ("name,", "depth_cm,", "says the same in depth_mm and depth_cm"),
        ("10,15", "10,-15", "line 2: “-15” cannot be a depth_mm; give a number from 0.1 to 5000"),
        ("10,15", "10,", "line 2: “” cannot be a depth_mm"),
        ("10,15", "10,NaN", "line 2: “NaN” cannot be a depth_mm"),
        ("10,15", "10,much", "line 2: “much” cannot be a depth_mm"),
        ("10,15", "10,inf", "line 2: “inf” cannot be a depth_mm"),
        ("2,10,", "0,10,", "line 2: “0” cannot be a return_period_years; give a number from 1 to 1000000"),
        ("2,10,", "2,0.1,", "line 2: “0.1” cannot be a duration_min; give a number from 1 to 44640"),
        ("100,10,30", "100,60,30", "line 5: the depth of 100 years and 60 min was told before"),
        ("2,60,40", "2,60,12", "once in 2 years 60 min bring 12 mm, less than the 15 mm of 10 min; give depths"),
        ("2,60,40", "2,60,97", "once in 2 years 60 min bring 97 mm, too much beside the 15 mm of 10 min"),
        ("100,60,90", "100,60,39", "60 min bring 39 mm once in 100 years, less than the 40 mm of once in 2 years"),
        ("100,10,30", "100,10,30,x,y,z,w", "has 10 columns in row 5"),
    ],
)
def test_each_fault_is_told_in_one_sentence(tmp_path, was, now, words):
    assert was in GOOD
    with pytest.raises(InputError) as caught:
        read(tmp_path, GOOD.replace(was, now))
    assert words in str(caught.value)


def test_an_empty_table_is_refused(tmp_path):
    with pytest.raises(InputError, match="no line below its heading"):
        read(tmp_path, GOOD.splitlines()[0] + "\n")


def test_gauges_of_one_file_are_looked_at_apart(tmp_path):
    hills = "".join(f"{line.replace('gauge', 'hills').replace('15', '9')}\n" for line in GOOD.splitlines()[1:])
    assert sorted(set(read(tmp_path, GOOD + hills).frame["name"])) == ["gauge", "hills"]


def test_they_come_with_the_city_and_an_import_with_a_fault_leaves_nothing(tmp_path):
    house = tmp_path / "houses.geojson"
    corners = [[131.4, 33.7], [131.401, 33.7], [131.401, 33.701], [131.4, 33.7]]
    shape = {"type": "Polygon", "coordinates": [corners]}
    feature = {"type": "Feature", "properties": {"building": "yes"}, "geometry": shape}
    house.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    rain = tmp_path / "rain.csv"
    rain.write_text(GOOD)
    import_city([house, rain], out=tmp_path / "town")
    town = open_city(tmp_path / "town")
    assert town.table("rain_statistics")["depth"].tolist() == [15, 40, 30, 90], "in order of years and durations"
    assert town.provenance["rain_statistics"].attribution == "Weather office"
    assert [line.count for line in read_report(tmp_path / "town").lines if line.layer == "rain_statistics"] == [4]
    import_city([house], out=tmp_path / "without")
    assert open_city(tmp_path / "without").table("rain_statistics").empty, "absent is unknown, not an error"
    rain.write_text(GOOD.replace("10,15", "10,-15"))
    with pytest.raises(InputError):
        import_city([house, rain], out=tmp_path / "wrong")
    assert not (tmp_path / "wrong").exists()


def test_those_of_the_sample_city_pass_the_same_rules(tmp_path):
    frame = rain_statistics_frame()
    told = frame.assign(duration=frame["duration"] / 60).rename(
        columns={"return_period": "return_period_years", "duration": "duration_min", "depth": "depth_mm"}
    )
    read_back = read(tmp_path, told.to_csv(index=False)).frame
    assert read_back["depth"].tolist() == frame["depth"].tolist()
    assert all("fictional" in source and "架空" in source for source in read_back["source"])
