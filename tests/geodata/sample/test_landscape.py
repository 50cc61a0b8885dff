"""River, ground, hazard maps and streets: does the water stay where it should?"""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import shapely

from geodata.sample import SampleCity, sample_city
from geodata.sample.land_use import water_frame
from geodata.sample.places import Places
from geodata.sample.river import CHANNEL, CREST


@pytest.fixture(scope="module")
def city() -> SampleCity:
    return sample_city(buildings=8000)


def test_the_river_falls_and_stays_below_its_levees(city: SampleCity) -> None:
    water, crests = city.river.water_frame(), city.river.crest_frame()
    assert (np.diff(water["level"]) < 0).all()
    middle = crests.geometry.interpolate(0.5, normalized=True)
    near = shapely.STRtree(water.geometry.to_numpy()).nearest(middle.to_numpy())
    assert (crests["crest_elevation"].to_numpy() > water["level"].to_numpy()[near] + 4.0).all()


def test_the_terrain_carries_the_crests(city: SampleCity) -> None:
    crests = city.river.crest_frame()
    middle = crests.geometry.interpolate(0.5, normalized=True)
    gap = city.terrain.sample(middle.x.to_numpy(), middle.y.to_numpy()) - crests["crest_elevation"].to_numpy()
    assert np.abs(gap).max() < 0.35
    assert np.abs(np.median(gap)) < 0.05


def test_no_water_leaks_through_a_levee_while_it_is_below_the_crest(city: SampleCity) -> None:
    x, y = city.plan.grid.x, city.plan.grid.y
    foot, signed = city.river.locate(x[None, :], y[:, None])
    stage = city.river.plane(foot) + 3.9
    wet = (city.terrain.raster < stage) & (np.abs(signed) < 200)
    label, _ = scipy.ndimage.label(wet, structure=np.ones((3, 3)))
    river = np.unique(label[(np.abs(signed) < 15)])
    escaped = np.isin(label, river[river > 0]) & (np.abs(signed) > CREST + 20)
    assert escaped.sum() == 0


def test_the_bed_lies_below_the_normal_level(city: SampleCity) -> None:
    u = np.linspace(50, city.plan.width - 50, 60)
    line = city.river.offset_line(0.0, u)
    assert (city.terrain.sample(*line.T) < city.river.plane(u) - 3.5).all()
    bank = city.river.offset_line(CHANNEL + 14, u)
    assert (city.terrain.sample(*bank.T) > city.river.plane(u) - 2.6).all()


@pytest.mark.parametrize("buildings", [1000, 8000])
@pytest.mark.parametrize("seed", [1, 4])
def test_distance_to_the_river_is_right_near_it(buildings: int, seed: int) -> None:
    river = sample_city(buildings=buildings, seed=seed).river
    u = np.linspace(100, river.plan.width - 100, 50)
    for wanted in (-120.0, -60.0, 0.0, 35.0, 120.0):
        foot, found = river.locate(*river.offset_line(wanted, u).T)
        np.testing.assert_allclose(found, wanted, atol=0.15)
        np.testing.assert_allclose(foot, u, atol=1.5)


def test_hazard_maps_are_nested_and_leave_a_strip_unknown(city: SampleCity) -> None:
    planned, largest = city.hazards.depths["L1"], city.hazards.depths["L2"]
    assert np.array_equal(np.isnan(planned), np.isnan(largest))
    known = ~np.isnan(largest)
    assert (largest[known] >= planned[known]).all()
    assert (largest[known] >= 0).all()
    assert 0.01 < (~known).mean() < 0.12
    assert largest[known].max() < 12


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_believable_share_of_buildings_is_flooded(seed: int) -> None:
    city = sample_city(buildings=8000, seed=seed)
    x, y = (city.plots.frame[name].to_numpy() for name in ("x", "y"))
    largest, planned = city.hazards.sample("L2", x, y), city.hazards.sample("L1", x, y)
    assert 0.25 < (largest > 0).mean() < 0.60
    assert 0.08 < (planned > 0).mean() < (largest > 0).mean()
    assert np.isnan(largest).mean() < 0.02
    assert seed != 1 or np.isnan(largest).any()  # the town everybody sees has houses outside the survey


def test_the_flood_has_no_islands_of_water(city: SampleCity) -> None:
    """Every wet cell of the land side is joined, through wet cells, to one that a breach feeds."""
    wet = np.nan_to_num(city.hazards.depths["L2"]) > 0
    label, count = scipy.ndimage.label(wet, structure=np.ones((3, 3)))
    size = np.bincount(label.ravel())[1:]
    assert count < 400
    assert size[size > 2000].sum() > 0.97 * size.sum()


def test_streets_are_noded_and_connected(city: SampleCity) -> None:
    roads, nodes = city.network
    assert (nodes["component"] == 0).mean() >= 0.97
    at = dict(zip(nodes["id"], nodes.geometry, strict=True))
    start, end = shapely.get_point(roads.geometry.to_numpy(), 0), shapely.get_point(roads.geometry.to_numpy(), -1)
    assert shapely.equals(start, np.array([at[k] for k in roads["from_node"]])).all()
    assert shapely.equals(end, np.array([at[k] for k in roads["to_node"]])).all()
    ground = roads[~roads["bridge"] & ~roads["tunnel"]].geometry.to_numpy()
    left, right = shapely.STRtree(ground).query(ground, "crosses")
    assert (left < right).sum() == 0


def test_bridges_and_the_underpass(city: SampleCity) -> None:
    roads, nodes = city.network
    over = roads[roads["bridge"] & (roads.length > 100)]
    assert set(over["name"]) >= {"旧川辺橋", "川辺大橋", "新川辺橋"}
    crest = city.river.crest_frame()["crest_elevation"]
    assert (over["deck_elevation"] > crest.min()).all()
    assert roads.loc[roads["bridge"], "deck_elevation"].notna().all()
    assert roads.loc[~roads["bridge"], "deck_elevation"].isna().all()
    under = roads[roads["tunnel"]]
    assert len(under) == 1
    dip = [
        city.terrain.sample(*np.array(under.geometry.iloc[0].interpolate(s, normalized=True).coords).T)[0]
        for s in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert min(dip) < min(dip[0], dip[-1]) - 2.0
    assert (nodes["degree"] == 1).sum() > 50
    assert (roads["class"] == "steps").any()
    assert not roads.loc[roads["class"] == "steps", "cars"].any()


def test_places(city: SampleCity) -> None:
    places = Places(city.plan, city.lattice, city.plots, city.districts, city.terrain, city.hazards)
    facilities, shelters, areas = places.facility_frame(), places.shelter_frame(), city.districts.frame()
    assert set(facilities["kind"]) >= {
        "hospital",
        "clinic",
        "care_home",
        "nursery",
        "school",
        "fire_station",
        "police",
        "city_hall",
        "substation",
        "pump",
        "gate",
    }
    care = facilities[facilities["kind"] == "care_home"]
    assert (care["time_to_leave"] >= 3600).all()
    assert (care["users"] > 0).all()
    assert set(facilities.loc[facilities["kind"] == "substation", "area_id"]) <= set(areas["id"])
    depth = city.hazards.sample("L2", shelters.geometry.x.to_numpy(), shelters.geometry.y.to_numpy())
    assert (depth > 0).any()
    assert (depth == 0).any()
    suits = shelters["river_flood"].astype("boolean")
    assert (~suits).any()
    wet = suits.fillna(False).to_numpy() & (depth > 0)
    assert (shelters.loc[wet, "floor_height"] > depth[wet]).all()
    assert 8 <= len(areas) <= 12
    assert areas.geometry.area.sum() == pytest.approx(city.plan.width * city.plan.height, rel=0.01)


def test_small_waters_have_levels(city: SampleCity) -> None:
    water = water_frame(city.plan, city.lattice, city.zones, city.plots, city.terrain)
    assert set(water["kind"]) == {"river", "canal", "pond"}
    assert water["level"].notna().all()
