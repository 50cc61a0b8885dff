"""Buildings and people: no overlaps, dry feet, believable numbers."""

from __future__ import annotations

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata.sample import SampleCity, sample_city
from geodata.sample.land_use import water_frame
from geodata.sample.people import AGES, by_day, settle
from geodata.sample.plots import inset


@pytest.fixture(scope="module")
def city() -> SampleCity:
    return sample_city(buildings=8000)


@pytest.fixture(scope="module")
def buildings(city: SampleCity) -> geopandas.GeoDataFrame:
    return pd.concat(list(city.buildings.frames()), ignore_index=True)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    left, right = shapely.STRtree(other).query(one, "intersects")
    return float(shapely.area(shapely.intersection(one[left], other[right])).sum())


def test_buildings_do_not_overlap(buildings: geopandas.GeoDataFrame) -> None:
    shapes = buildings.geometry.to_numpy()
    shared = overlap(shapes, shapes) - shapely.area(shapes).sum()
    assert shared < 0.001 * shapely.area(shapes).sum()


def test_no_building_stands_in_a_street(city: SampleCity, buildings: geopandas.GeoDataFrame) -> None:
    roads, _ = city.network
    lanes = shapely.buffer(roads.geometry.to_numpy(), roads["width"].to_numpy() / 2, cap_style="flat")
    shapes = buildings.geometry.to_numpy()
    assert overlap(shapes, lanes) < 0.001 * shapely.area(shapes).sum()


def test_no_building_stands_in_water(city: SampleCity, buildings: geopandas.GeoDataFrame) -> None:
    water = water_frame(city.plan, city.lattice, city.zones, city.plots, city.terrain)
    hit, _ = shapely.STRtree(water.geometry.to_numpy()).query(buildings.geometry.to_numpy(), "intersects")
    assert buildings["id"].iloc[hit].tolist() == []


def test_every_building_is_near_a_street(city: SampleCity, buildings: geopandas.GeoDataFrame) -> None:
    roads, _ = city.network
    tree = shapely.STRtree(roads.geometry.to_numpy())
    _, distance = tree.query_nearest(buildings.geometry.to_numpy(), return_distance=True, all_matches=False)
    assert np.quantile(distance, 0.99) < 25.0
    assert distance.max() < 90.0


def test_sizes_suit_uses(buildings: geopandas.GeoDataFrame) -> None:
    area = buildings.geometry.area.groupby(buildings["use"]).median()
    assert 55 < area["house"] < 110
    assert area["shed"] < 50
    assert area["industrial"] > 500
    assert (buildings.loc[buildings["use"] == "house", "storeys"].dropna() <= 3).all()
    assert buildings["storeys"].max() >= 9
    corners = shapely.get_num_coordinates(buildings.geometry.to_numpy())
    assert 0.2 < (corners > 5).mean() < 0.8  # neither all boxes nor all odd shapes


def test_height_follows_storeys(buildings: geopandas.GeoDataFrame) -> None:
    per_storey = (buildings["height"] / buildings["storeys"].astype("float64")).dropna()
    assert per_storey.between(2.4, 13.5).all()


def test_some_values_are_unknown_and_none_is_a_sentinel(buildings: geopandas.GeoDataFrame) -> None:
    assert 0.01 < buildings["year_built"].isna().mean() < 0.08
    assert (buildings["structure"] == "").any()
    assert buildings["year_built"].dropna().between(1868, 2025).all()


def test_people_add_up_and_are_old_enough(buildings: geopandas.GeoDataFrame) -> None:
    assert (buildings[list(AGES)].sum(axis=1) == buildings["residents"]).all()
    total = buildings["residents"].sum()
    assert 2.0 < total / len(buildings) < 3.2
    assert 0.28 < (buildings["residents_65_74"] + buildings["residents_75_over"]).sum() / total < 0.42
    homes = buildings[(buildings["use"] == "house") & (buildings["residents"] > 0)]
    assert 2.1 < homes["residents"].mean() < 2.6
    assert buildings.loc[buildings["use"].isin(["commercial", "school", "shed"]), "residents"].sum() == 0


def test_by_day_people_are_at_work_and_at_school_and_nobody_is_lost(
    city: SampleCity, buildings: geopandas.GeoDataFrame
) -> None:
    day, use = buildings["people_by_day"], buildings["use"]
    assert day.sum() == buildings["residents"].sum()
    assert (day >= 0).all()
    homes = use.isin(["house", "apartment"])
    assert 0.45 < day[homes].sum() / buildings.loc[homes, "residents"].sum() < 0.7
    care = use == "care"
    assert (day[care] >= buildings.loc[care, "residents"]).all()  # who lives in care stays, and staff come
    # A few to a few dozen m² of floor for each person at work; nobody at school stands on another's toes.
    room = buildings["floor_area"].groupby(use).sum() / day.groupby(use).sum()
    assert 10 < room["office"] < 80
    assert room["school"] > 5
    assert room["office"] < room["commercial"] < room["industrial"] < room["warehouse"]
    again = pd.concat(list(sample_city(buildings=8000).buildings.frames()), ignore_index=True)
    assert day.tolist() == again["people_by_day"].tolist()


def test_without_a_workplace_people_stay_at_home_by_day() -> None:
    village = pd.DataFrame({"use": ["house"] * 50, "floor_area": 110.0, "storeys": 2, "built": 1980})
    village = pd.concat([village, settle(np.random.default_rng(3), village)], axis=1)
    assert by_day(np.random.default_rng(3), village).tolist() == village["residents"].tolist()


def test_older_houses_have_older_people() -> None:
    town = pd.DataFrame({"use": "house", "floor_area": 110.0, "storeys": 2, "built": np.repeat([1965, 2015], 4000)})
    people = settle(np.random.default_rng(3), town)
    aged = (people["residents_65_74"] + people["residents_75_over"]).to_numpy()
    assert aged[:4000].sum() > 1.5 * aged[4000:].sum()


@given(st.lists(st.floats(0.0, 4.0), min_size=4, max_size=4), st.floats(-0.3, 0.3))
def test_inset_keeps_its_distances(distances: list[float], lean: float) -> None:
    block = np.array([[[0.0, 0.0], [40.0, 0.0], [40.0 + 30 * lean, 30.0], [30 * lean, 30.0]]])
    made = inset(block, np.array([distances]))
    assert np.isfinite(made).all()
    for side in range(4):
        start, end = block[0, side], block[0, (side + 1) % 4]
        along = (end - start) / np.linalg.norm(end - start)
        for corner in (side, (side + 1) % 4):
            away = made[0, corner] - start
            assert along[0] * away[1] - along[1] * away[0] == pytest.approx(distances[side], abs=1e-6)
