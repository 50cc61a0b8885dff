"""Sensors and a week of readings with the faults of real ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geodata.sample import SampleCity, sample_city
from geodata.sample.gauges import Gauges


@pytest.fixture(scope="module")
def gauges() -> Gauges:
    city: SampleCity = sample_city(buildings=2000)
    return Gauges(city.plan, city.lattice, city.plots, city.terrain)


@pytest.fixture(scope="module")
def week(gauges: Gauges) -> dict[str, pd.DataFrame]:
    return dict(list(gauges.observation_frame().groupby("sensor_id")))


def test_stages_rise_in_order(gauges: Gauges) -> None:
    sensors = gauges.sensor_frame()
    assert sensors["kind"].value_counts().to_dict() == {"street_depth": 4, "river_level": 3, "rain": 2}
    river = sensors[sensors["kind"] == "river_level"]
    levels = river[["standby_level", "caution_level", "evacuation_level", "danger_level"]].to_numpy()
    assert (np.diff(levels, axis=1) > 0).all()
    assert river["gauge_zero"].notna().all()
    assert (np.diff(river["gauge_zero"]) < 0).all()  # downstream is lower


def test_the_storm_brings_the_river_past_its_caution_level(gauges: Gauges, week: dict[str, pd.DataFrame]) -> None:
    river = gauges.sensor_frame().set_index("id").loc["kawabe-g-river-2"]
    readings = week["kawabe-g-river-2"].set_index("time")["value"]
    assert river["caution_level"] < readings.max() < river["danger_level"]
    assert week["kawabe-g-rain-1"].set_index("time")["value"].idxmax() < readings.idxmax()


def test_faults_are_there(week: dict[str, pd.DataFrame]) -> None:
    first = week["kawabe-g-river-1"]
    assert first["time"].diff().max() >= pd.Timedelta(hours=5)  # a gap
    assert first["value"].diff().abs().max() > 2.0  # spikes
    assert 4 in first["flag"].to_numpy()
    hung = week["kawabe-g-river-2"]["value"]
    same = (hung != hung.shift()).cumsum()
    assert hung.groupby(same).size().max() >= 54  # a flat line of 9 h
    assert week["kawabe-g-rain-2"]["value"].isna().sum() == 42
    assert (week["kawabe-g-rain-2"].loc[week["kawabe-g-rain-2"]["value"].isna(), "flag"] == 9).all()
    end = max(frame["time"].max() for frame in week.values())
    assert end - week["kawabe-g-street-3"]["time"].max() == pd.Timedelta(days=2)
    drifted = week["kawabe-g-river-3"]["value"]
    assert drifted.iloc[-50:].mean() - drifted.iloc[:50].mean() > 0.25
    assert week["kawabe-g-street-1"]["flag"].isna().all()  # nobody judged these
