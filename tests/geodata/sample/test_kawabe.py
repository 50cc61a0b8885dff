"""The sample city as a whole: contracts, determinism, counts, and what a planner would check first."""

from __future__ import annotations

import hashlib

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from geodata.errors import InputError
from geodata.sample import SampleCity, sample_city
from geodata.sample.districts import MOST
from geodata.sample.names import quarter
from geodata.source import SourceRaster, SourceTable
from geodata.tables import TABLES


@pytest.fixture(scope="module")
def city() -> SampleCity:
    return sample_city(buildings=8000)


@pytest.fixture(scope="module")
def tables(city: SampleCity) -> dict[str, pd.DataFrame]:
    found: dict[str, list[pd.DataFrame]] = {}
    for source in city.sources():
        if isinstance(source, SourceTable):
            found.setdefault(source.table, []).append(source.frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in found.items()}


def digest(city: SampleCity) -> str:
    total = hashlib.sha256()
    for source in city.sources():
        if isinstance(source, SourceRaster):
            total.update(np.ascontiguousarray(source.data.to_numpy()).tobytes())
            continue
        frame = pd.DataFrame(source.frame)
        if isinstance(source.frame, geopandas.GeoDataFrame):
            total.update(b"".join(shapely.to_wkb(source.frame.geometry.to_numpy(), byte_order=1).tolist()))
            frame = frame.drop(columns=source.frame.geometry.name)
        total.update(frame.to_csv(index=False).encode())
    return total.hexdigest()


def test_every_table_keeps_its_contract_and_says_it_is_fictional(city: SampleCity) -> None:
    seen = set()
    for source in city.sources():
        assert source.provenance.fictional
        assert "fictional" in source.provenance.attribution
        assert source.provenance.licence == "CC0 1.0"
        if isinstance(source, SourceTable):
            contract = TABLES[source.table]
            contract.check(contract.completed(source.frame))
            seen.add(source.table)
            if contract.geometry:
                assert source.frame.crs == "EPSG:6670"
                assert not source.frame.geometry.has_z.any()
    assert seen == set(TABLES) - {"building_risks", "flood_polygons", "trips", "damage_curves"}


def test_rasters_share_one_frame(city: SampleCity) -> None:
    rasters = [source for source in city.sources() if isinstance(source, SourceRaster)]
    assert [raster.role for raster in rasters] == ["elevation", "hazard", "hazard", "hazard"]
    for raster in rasters:
        assert raster.data.dtype == np.float32
        assert raster.data.rio.crs.to_epsg() == 6670
        assert raster.data.rio.bounds() == pytest.approx(city.plan.grid.bounds)
    assert rasters[0].heights is not None
    assert rasters[0].heights.datum == "EPSG:6695"
    assert np.isfinite(rasters[0].data).all()


def test_same_question_same_city() -> None:
    first, second = (digest(sample_city(buildings=600, seed=5)) for _ in range(2))
    assert first == second
    assert first != digest(sample_city(buildings=600, seed=6))


@pytest.mark.parametrize(("buildings", "seed"), [(150, 0), (1000, 2), (8000, 3), (15_000, 4)])
def test_there_are_as_many_buildings_as_asked_for(buildings: int, seed: int) -> None:
    plots = sample_city(buildings=buildings, seed=seed).plots
    assert abs(len(plots.frame) - buildings) <= 0.02 * buildings


def test_tiles_hold_together(city: SampleCity, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pd.concat(list(city.buildings.frames()), ignore_index=True)
    monkeypatch.setattr("geodata.sample.buildings.TILE", 3000)
    small = sample_city(buildings=8000)
    frames = list(small.buildings.frames())
    assert len(frames) == 3
    together = pd.concat(frames, ignore_index=True)
    assert together["id"].is_unique
    # the tiling changes no footprint, only the draws of attributes
    assert shapely.equals_exact(together.geometry.to_numpy(), whole.geometry.to_numpy(), tolerance=0).all()


@pytest.mark.parametrize("arguments", [{"buildings": 5}, {"buildings": 10**8}, {"seed": -1}])
def test_impossible_wishes_get_a_sentence(arguments: dict[str, int]) -> None:
    with pytest.raises(InputError):
        sample_city(**arguments)


def test_progress_rises_to_the_end() -> None:
    told: list[float] = []
    list(sample_city(buildings=200, progress=lambda _, share: told.append(share)).sources())
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_ids_are_stable_and_readable(tables: dict[str, pd.DataFrame]) -> None:
    assert tables["buildings"]["id"].iloc[123] == "kawabe-b-000123"
    assert tables["buildings"]["address"].str.fullmatch(r"\D+\d+丁目\d+-\d+(-2)?").all()


def test_the_city_lies_in_open_water(city: SampleCity) -> None:
    west, south, east, north = city.plan.grid.bounds_wgs84
    assert 131.1 < west < east < 131.8
    assert 33.6 < south < north < 33.9


def test_quarters_have_names_of_their_own() -> None:
    names = [quarter(number, 0, 0, default=False) for number in range(MOST + 80)]
    assert len(set(names)) == len(names)
