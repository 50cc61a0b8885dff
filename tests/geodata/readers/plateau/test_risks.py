# ruff: noqa: E501  (XML is easier to read in one piece)
"""Risk records: words of ranks become intervals, every river and scale is kept."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.readers.plateau.risks import RANK_BOUNDS, hazard_of, rank_interval, rank_within, river_of, scale_of
from geodata.tables import TABLES

METRES = st.integers(0, 3000).map(lambda centimetres: centimetres / 100)


@given(low=METRES, width=st.integers(1, 1000).map(lambda centimetres: centimetres / 100), wide=st.booleans())
def test_an_interval_survives_its_words(low: float, width: float, wide: bool) -> None:
    high = round(low + width, 2)
    words = f"{low}m以上{high}m未満"
    if wide:
        words = words.translate(str.maketrans("0123456789.m", "０１２３４５６７８９．ｍ"))
    assert rank_interval(words) == (low, high)


@given(depth=METRES)
def test_a_depth_has_the_rank_whose_class_holds_it(depth: float) -> None:
    rank = rank_within(depth, depth)
    assert rank is not None
    assert RANK_BOUNDS[rank - 1] <= depth < RANK_BOUNDS[rank]


@given(low=METRES, width=METRES)
def test_a_rank_is_given_only_to_intervals_within_one_class(low: float, width: float) -> None:
    rank = rank_within(low, low + width)
    crossed = [bound for bound in RANK_BOUNDS[1:-1] if low < bound < low + width]
    assert (rank is None) == bool(crossed)


@pytest.mark.parametrize(
    ("words", "interval", "rank"),
    [
        ("0.5m未満", (0.0, 0.5), 1),
        ("0.5m以上3m未満", (0.5, 3.0), 2),
        ("20m以上", (20.0, math.inf), 6),
        ("1.0m以上3.0m未満", (1.0, 3.0), 2),
        ("0.3m以上1.0m未満", (0.3, 1.0), None),
        ("2.0m以上5.0m未満", (2.0, 5.0), None),
        ("5m以上", (5.0, math.inf), None),
        ("0.5〜3.0m", (0.5, 3.0), 2),
        ("50cm以上1m未満", (0.5, 1.0), 2),
        ("5.0m～10.0m未満の区域", (5.0, 10.0), 4),
    ],
)
def test_words_of_real_lists(words: str, interval: tuple[float, float], rank: int | None) -> None:
    assert rank_interval(words) == interval
    assert rank_within(*interval) == rank


@pytest.mark.parametrize("words", ["", "2", "不明", "3m以上2m未満", "浸水あり"])
def test_words_that_name_no_interval(words: str) -> None:
    assert rank_interval(words) is None


def test_names() -> None:
    assert hazard_of("ため池ハザードマップ") == "reservoir"
    assert hazard_of("雨水出水浸水想定区域") == "inland_flood"
    assert hazard_of("大字・町コード") == ""
    assert river_of("神田川流域浸水予想区域図（想定最大規模）") == "神田川流域"
    assert scale_of("2") == "2"


def risk(kind: str, inside: str, wrapper: str = "bldgDisasterRiskAttribute") -> str:
    return f"<uro:{wrapper}><uro:{kind}>{inside}</uro:{kind}></uro:{wrapper}>"


def code(name: str, value: str, kind: str) -> str:
    return f'<uro:{name} codeSpace="../../codelists/{kind}_{name}.xml">{value}</uro:{name}>'


@pytest.fixture
def lists(gml: Any) -> Any:
    for kind in ("RiverFloodingRiskAttribute", "BuildingRiverFloodingRiskAttribute"):
        gml.codelist(f"{kind}_description", {"1": "菊池川", "2": "繁根木川"})
        gml.codelist(f"{kind}_rank", {"1": "0.5m未満", "2": "0.5m以上3m未満", "6": "20m以上"})
        gml.codelist(f"{kind}_scale", {"1": "L1（計画規模）", "2": "L2（想定最大規模）"})
        gml.codelist(f"{kind}_adminType", {"1": "国", "2": "都道府県"})
    gml.codelist("ReservoirFloodingRiskAttribute_rank", {"2": "0.5m以上1m未満", "6": "5m以上"})
    return gml


def river(river_code: str, scale: str, rank: str, more: str = "", kind: str = "RiverFloodingRiskAttribute") -> str:
    parts = (
        code("description", river_code, kind)
        + code("rank", rank, kind)
        + code("adminType", "1", kind)
        + code("scale", scale, kind)
    )
    wrapper = "bldgDisasterRiskAttribute" if kind == "RiverFloodingRiskAttribute" else "buildingDisasterRiskAttribute"
    return risk(kind, parts + more, wrapper)


def records(reading: Any) -> pd.DataFrame:
    frame = reading.frame("building_risks")
    contract = TABLES["building_risks"]
    contract.check(contract.completed(frame))
    return frame


@pytest.mark.parametrize(
    ("uro", "kind"), [("3.1", "RiverFloodingRiskAttribute"), ("2.0", "BuildingRiverFloodingRiskAttribute")]
)
def test_every_record_is_kept_by_river_and_scale(lists: Any, uro: str, kind: str) -> None:
    inside = "".join(
        river(r, s, "2", f'<uro:depth uom="m">{d}</uro:depth>', kind)
        for r, s, d in (("1", "1", 0.9), ("1", "2", 2.5), ("2", "2", 1.0))
    )
    frame = records(lists.read_model(lists.building(inside), uro=uro))
    found = {(row["name"], row["scale"]): (row["depth"], row["rank"], row["authority"]) for _, row in frame.iterrows()}
    assert found == {("菊池川", "L1"): (0.9, 2, "国"), ("菊池川", "L2"): (2.5, 2, "国"), ("繁根木川", "L2"): (1.0, 2, "国")}


def test_a_rank_alone_is_an_interval(lists: Any) -> None:
    record = records(lists.read_model(lists.building(river("1", "2", "2")))).iloc[0]
    assert (record["rank"], record["depth_low"], record["depth_high"]) == (2, 0.5, 3.0)
    assert math.isnan(record["depth"])


@pytest.mark.parametrize(("depth", "low"), [(None, 20.0), (24.5, 24.5)])
def test_the_open_rank_ends_where_it_begins(lists: Any, depth: float | None, low: float) -> None:
    more = f'<uro:depth uom="m">{depth}</uro:depth>' if depth else ""
    record = records(lists.read_model(lists.building(river("1", "2", "6", more)))).iloc[0]
    assert (record["rank"], record["depth_low"], record["depth_high"]) == (6, low, low)


def test_other_classes_give_depths_and_only_fitting_ranks(lists: Any) -> None:
    kind = "ReservoirFloodingRiskAttribute"
    inside = risk(kind, "<uro:description>上池</uro:description>" + code("rank", "2", kind))
    inside += risk(kind, "<uro:description>下池</uro:description>" + code("rank", "6", kind))
    reading = lists.read_model(lists.building(inside))
    frame = records(reading).set_index("name")
    assert (frame.loc["上池", "rank"], frame.loc["上池", "depth_high"]) == (2, 1.0)
    assert pd.isna(frame.loc["下池", "rank"])
    assert frame.loc["下池", "depth_low"] == 5.0
    assert reading.said("noted", "do not fit ranks") == 1


def test_a_code_without_its_list_is_not_a_rank(gml: Any) -> None:
    reading = gml.read_model(gml.building(river("1", "2", "2")))
    record = records(reading).iloc[0]
    assert pd.isna(record["rank"])
    assert math.isnan(record["depth_low"])
    assert reading.said("noted", "is missing: codes kept") == 4
    assert reading.said("noted", "names no depth") == 1


def test_repeats_are_merged_and_the_deeper_of_two_is_kept(lists: Any) -> None:
    deep, shallow = ('<uro:depth uom="m">2.0</uro:depth>', '<uro:depth uom="m">1.0</uro:depth>')
    reading = lists.read_model(lists.building(river("1", "2", "2", deep) * 2 + river("1", "2", "2", shallow)))
    assert records(reading)["depth"].tolist() == [2.0]
    assert reading.said("repaired", "exact duplicate") == 1
    assert reading.said("dropped", "less deep") == 1
    assert reading.report.totals("read")["building_risks"] == 3


def test_sixteen_records_stay_sixteen(lists: Any) -> None:
    inside = "".join(
        risk("TsunamiRiskAttribute", f"<uro:description>湾{n}</uro:description><uro:depth>{n}</uro:depth>") for n in range(16)
    )
    assert len(records(lists.read_model(lists.building(inside)))) == 16


@pytest.mark.parametrize(
    ("amount", "unit", "hours"),
    [("12", "hour", 12.0), ("90", "minute", 1.5), ("2", "day", 48.0), ("5", "moon", None), ("-9999", "hour", None)],
)
def test_durations_are_hours(lists: Any, amount: str, unit: str, hours: float | None) -> None:
    record = records(
        lists.read_model(lists.building(river("1", "2", "1", f'<uro:duration uom="{unit}">{amount}</uro:duration>')))
    ).iloc[0]
    assert math.isnan(record["duration"]) if hours is None else record["duration"] == pytest.approx(hours)


def test_landslide_zones_have_words_and_no_depth(gml: Any) -> None:
    gml.codelist("LandSlideRiskAttribute_description", {"1": "急傾斜地の崩落"})
    gml.codelist("LandSlideRiskAttribute_areaType", {"1": "警戒区域", "2": "特別警戒区域"})
    kind = "LandSlideRiskAttribute"
    inside = "".join(risk(kind, code("description", "1", kind) + code("areaType", zone, kind)) for zone in "12")
    frame = records(gml.read_model(gml.building(inside)))
    assert set(frame["zone"]) == {"警戒区域", "特別警戒区域"}
    assert set(frame["hazard"]) == {"landslide"}
    assert frame[["depth", "depth_low"]].isna().all(axis=None)


def test_generic_records_of_iur_14_take_the_rank_from_the_depth(gml: Any) -> None:
    inside = (
        '<gen:genericAttributeSet name="神田川洪水浸水想定区域（想定最大規模）"><gen:stringAttribute name="浸水ランク"><gen:value>5</gen:value>'
        '</gen:stringAttribute><gen:measureAttribute name="浸水深"><gen:value uom="m">1.2</gen:value></gen:measureAttribute>'
        "</gen:genericAttributeSet>"
    )
    record = records(gml.read_model(gml.building(inside), uro="1.4")).iloc[0]
    assert (record["name"], record["scale"], record["rank"], record["depth_low"]) == ("神田川", "L2", 2, 1.2)
