"""How long water stands, from the files that authorities publish to the advice on going upstairs."""

from __future__ import annotations

from dataclasses import replace

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
import xarray

from geodata.errors import InputError
from geodata.export import export_city
from geodata.fidelity import coarsened
from geodata.importer import import_city
from geodata.package import open_city
from tests.geodata.small_city import houses, raster, slope
from twin.command_line import main
from twin.hook import installed_hooks
from twin.hooks.refuge import judge
from twin.model import Twin
from twin.scenario import load_scenario
from twin.scenario.presets import presets
from twin.store import MemoryStore

NOW = load_scenario("{name: now, duration: 0, step: 1 h, water: {source: hazard_map, scale: L2}}")
DEEP = np.full((12, 12), 2.0)
HOURS = np.repeat([[12.0] * 4 + [100.0] * 4 + [np.nan] * 4], 12, axis=0)
"""By column of houses: half a day, four days, not told."""


def write(path, values, *, unit=None):
    raster(values).rio.to_raster(path)
    if unit is not None:
        with rasterio.open(path, "r+") as made:
            made.units = [unit]
    return path


@pytest.fixture
def files(tmp_path):
    """Nine houses of two storeys on a slope, 2 m of water everywhere, collapse and landslide zones far off."""
    houses()[["id", "storeys", "geometry"]].to_file(tmp_path / "buildings.gpkg")
    zones = geopandas.GeoDataFrame(
        {"id": ["z1", "z2"], "name": ["家屋倒壊等氾濫想定区域", "土砂災害警戒区域"], "kind": "hazard_zone"},
        geometry=[shapely.box(58, 58, 59, 59), shapely.box(58, 1, 59, 2)], crs="EPSG:6677",
    )  # fmt: skip
    zones.to_file(tmp_path / "areas.gpkg")
    columns = "{storeys: {from: storeys}}"
    (tmp_path / "mapping.yaml").write_text(
        f"version: 1\nlayers:\n  - {{file: buildings.gpkg, table: buildings, columns: {columns}}}\n"
        "  - {file: areas.gpkg, table: areas, columns: {name: {from: name}, kind: {from: kind}}}\n"
    )
    write(tmp_path / "dem.tif", slope())
    write(tmp_path / "river_L2_depth.tif", DEEP)
    return tmp_path


HOOKS = tuple(
    h for h in installed_hooks() if h.name in {"official_map", "hazard", "inundation", "exposure", "official_rank", "refuge"}
)


def imported(files, **given):
    city, report = import_city(
        [files / "buildings.gpkg", files / "areas.gpkg"], out=files / "city", terrain=[files / "dem.tif"],
        hazard=[files / "river_L2_depth.tif"], mapping=files / "mapping.yaml", **given,
    )  # fmt: skip
    return city, [line.text for line in report.lines]


def advice(city):
    """Advice and reason by column of houses, from west to east."""
    state = next(state for state, _ in Twin(city, MemoryStore(), HOOKS).run(NOW))
    columns = city.buildings.geometry.centroid.x.round().astype(int)
    found = {}
    for x, code, reason in zip(columns, state.field("building_refuge"), state.field("building_refuge_reason"), strict=True):
        found.setdefault(int(x), set()).add((int(code), int(reason)))
    return [found[x] for x in sorted(found)]


@pytest.mark.parametrize(
    ("unit", "factor", "note"),
    [
        ("hours", 1.0, None),
        ("日", 1 / 24, "turned from 日 into hours"),
        ("s", 3600.0, "turned from s into hours"),
        (None, 1.0, "names no unit and is taken for hours"),
    ],
)
def test_a_raster_of_durations_lets_upstairs_be_judged(files, unit, factor, note):
    before, _ = imported(files)
    assert advice(before) == [{(255, 6)}] * 3, "without an official duration nothing is known"
    city, told = imported(files, duration=[write(files / "l2_hours.tif", HOURS * factor, unit=unit)])
    assert note is None or any(note in line for line in told)
    assert city.hazard_maps["river-l2-duration"].kind == "duration"
    assert np.nanmax(city.raster("hazard/river-l2-duration/hours")) == pytest.approx(100.0)
    assert advice(city) == [{(1, 0)}, {(0, 4)}, {(255, 6)}]
    assert advice(coarsened(city, 2))[1:] == [{(0, 4)}, {(255, 6)}]


def test_a_duration_is_no_water_and_no_rank(files):
    before, _ = imported(files)
    city, _ = imported(files, duration=[write(files / "l2_hours.tif", HOURS, unit="h")])
    assert list(presets(city)) == list(presets(before))
    first, second = (next(state for state, _ in Twin(each, MemoryStore(), HOOKS).run(NOW)) for each in (before, city))
    for name in ("water_depth", "building_depth", "building_official_rank"):
        np.testing.assert_array_equal(first.field(name), second.field(name))
    only = replace(city, hazard_maps={"d": replace(city.hazard_maps["river-l2-duration"], id="d")})
    with pytest.raises(InputError, match="has no official flood map"):
        next(iter(Twin(only, MemoryStore(), HOOKS).run(NOW)))
    named = load_scenario("{name: now, duration: 0, step: 1 h, water: {source: hazard_map, map: river-l2-duration}}")
    with pytest.raises(InputError, match="has no hazard map river-l2-duration"):
        next(iter(Twin(city, MemoryStore(), HOOKS).run(named)))


def test_a_duration_of_another_scale_or_hazard_leaves_it_unknown(files):
    city, _ = imported(files, duration=[write(files / "l1_hours.tif", HOURS, unit="h")])
    assert set(city.hazard_maps) == {"river-l2", "river-l1-duration"}
    assert advice(city) == [{(255, 6)}] * 3
    surge, _ = imported(files, duration=[write(files / "surge_l2_hours.tif", HOURS, unit="h")])
    assert surge.hazard_maps["high-tide-l2-duration"].hazard == "high_tide"
    # four days of one flood are enough to leave, whatever the other does; half a day of it says nothing of the river
    assert advice(surge) == [{(255, 6)}, {(0, 4)}, {(255, 6)}]


def test_each_kind_of_flood_needs_its_own_duration():
    rest = {"collapse": np.zeros(3), "landslide": np.zeros(3), "storeys": np.full(3, 2.0), "scenario_depth": np.zeros(3)}
    depth = np.array([[2.0, 2.0, 2.0], [1.0, 1.0, 0.0]])  # river; high tide
    duration = np.array([[12.0, 12.0, 12.0], [np.nan, 100.0, np.nan]])
    found = judge(depth=depth, duration=duration, **rest)
    assert [each.tolist() for each in found] == [[255, 0, 1], [6, 4, 0]]


def test_what_is_known_to_be_a_duration_is_not_read_as_a_depth(files):
    lasting = write(files / "l2_map.tif", HOURS, unit="hours")
    with pytest.raises(InputError, match=r"its unit is hours\), not how deep; give it with --duration"):
        import_city([files / "buildings.gpkg"], out=files / "no", terrain=[files / "dem.tif"], hazard=[lasting])
    named = write(files / "浸水継続時間_L2.tif", HOURS)
    with pytest.raises(InputError, match="is named as how long water stands"):
        import_city([files / "buildings.gpkg"], out=files / "no", terrain=[files / "dem.tif"], hazard=[named])
    with pytest.raises(InputError, match="its unit is m, which is no time; give depths with --hazard"):
        imported(files, duration=[write(files / "deep.tif", DEEP, unit="m")])
    assert not (files / "no").exists()


def test_in_a_folder_the_unit_or_the_name_says_it(files):
    write(files / "flood_l2_a.tif", HOURS, unit="h")
    city, _ = import_city([files], out=files.parent / "by-unit")
    assert {name: each.kind for name, each in city.hazard_maps.items()} == {
        "river-l2": "depth",
        "river-l2-duration": "duration",
    }
    write(files / "flood_l2_a.tif", DEEP).rename(files / "洪水浸水継続時間_L2.tif")
    city, _ = import_city([files], out=files.parent / "by-name")
    assert {each.kind for each in city.hazard_maps.values()} == {"depth", "duration"}


def test_times_that_cannot_be_are_unknown_and_told(files):
    odd = HOURS.copy()
    odd[:, 0] = -1
    odd[:, 1] = 65535
    city, told = imported(files, duration=[write(files / "l2_hours.tif", odd, unit="h")])
    hours = city.raster("hazard/river-l2-duration/hours")
    assert np.isnan(hours[:, :2]).all()
    assert (hours[:, 2] == 12).all()
    assert any("less than 0 or more than 10000 hours: unknown" in line for line in told)


def test_the_command_line_takes_it_and_the_package_keeps_it(files):
    write(files / "l2_hours.tif", HOURS, unit="h")
    given = ["import", str(files / "buildings.gpkg"), "--out", str(files / "town"), "--terrain", str(files / "dem.tif")]
    assert main([*given, "--hazard", str(files / "river_L2_depth.tif"), "--duration", str(files / "l2_hours.tif")]) == 0
    city = open_city(files / "town")
    assert city.hazard_maps["river-l2-duration"].kind == "duration"
    assert not city.hazard_maps["river-l2-duration"].tells_depth
    export_city(city, "netcdf", files / "out.nc")
    with xarray.open_dataset(files / "out.nc", decode_timedelta=False) as written:
        units = {name: written[name].attrs["units"] for name in written.data_vars if name.startswith("hazard")}
    assert units == {"hazard_river_l2_low": "m", "hazard_river_l2_high": "m", "hazard_river_l2_duration_hours": "h"}
