from __future__ import annotations

from dataclasses import replace

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.assemble import assemble
from geodata.city import City
from geodata.errors import ContractError, InputError
from geodata.extent import LARGEST, choose_grid
from geodata.merge import ELEVATIONS
from geodata.provenance import Provenance
from geodata.report import ImportReport
from geodata.source import Source, SourceRaster, SourceTable, VerticalReference
from geodata.tables import TABLES
from tests.geodata.small_city import CRS, HEIGHTS, MADE_UP, houses, raster, slope, streets, town, town_sources

PLATEAU = Provenance("bldg.gml", attribution="MLIT")
OSM = Provenance("map.osm", attribution="© OpenStreetMap contributors")


def made(*sources: Source, **options: object) -> tuple[City, ImportReport]:
    report = ImportReport()
    return assemble(sources, name="Town", report=report, **options), report  # type: ignore[arg-type]


def told(report: ImportReport, deed: str) -> list[str]:
    return [f"{line.layer}: {line.text} ×{line.count}" for line in report.lines if line.deed == deed]


def test_the_whole_town() -> None:
    city = town()
    assert (city.grid.shape, city.grid.cell, city.grid.bounds) == ((12, 12), 5.0, (0.0, 0.0, 60.0, 60.0))
    assert city.time_zone == "Asia/Tokyo"
    assert city.heights == HEIGHTS
    assert np.allclose(city.elevation, slope(), atol=1e-6)
    assert len(city.buildings) == 9
    assert len(city.roads) == 4, "two streets that cross are four edges"
    assert set(city.roads["from_node"]) | set(city.roads["to_node"]) == set(city.table("nodes")["id"])
    assert city.buildings["attributes"].str.contains("red").sum() == 3
    for table in city.layers.names("table"):
        TABLES[table].check(city.table(table))


def test_the_ground_is_terrain_or_crest_and_the_river_has_a_level() -> None:
    city = town()
    crest, ground = city.raster("crest"), city.raster("ground")
    assert np.isnan(crest[:, 1:]).all()
    assert (crest[:, 0] == 3.0).all()
    assert (ground[:, 0] == 3.0).all()
    assert np.allclose(ground[:, 1:], slope()[:, 1:], atol=1e-6)
    assert (city.raster("river_level") == 0.5).all()


def test_hazard_maps_keep_unknown_unknown() -> None:
    city = town()
    assert {key: value.kind for key, value in city.hazard_maps.items()} == {"river-l2": "depth", "river-l1": "attributes"}
    low, high = city.raster("hazard/river-l2/low"), city.raster("hazard/river-l2/high")
    assert np.array_equal(low, high, equal_nan=True)
    assert (high[:, :5] == 1).all()
    assert (high[:, 5] == 0).all()
    assert np.isnan(high[:, 6:]).all()
    assert all(each.digest for each in city.hazard_maps.values())


def test_overlays_belong_to_the_rows() -> None:
    city = town()
    cells = city.overlay("footprint_cells")
    first = city.buildings.index[city.buildings["id"] == "house-0"][0]
    row = cells["cells"][cells["indptr"][first] : cells["indptr"][first + 1]]
    # (5, 5) to (15, 15): the second and third cells from the south and from the west
    assert sorted(int(cell) for cell in row) == [9 * 12 + 1, 9 * 12 + 2, 10 * 12 + 1, 10 * 12 + 2]
    assert city.overlay("lowest_cell")["cell"][first] == 9 * 12 + 1
    assert len(city.overlay("nearest_node")["node"]) == 9


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(9)))
def test_order_of_rows_changes_nothing(order: list[int]) -> None:
    shuffled = [
        SourceTable("buildings", houses().iloc[order], MADE_UP) if source.table == "buildings" else source  # type: ignore[union-attr]
        for source in town_sources()[:2]
    ]
    assert made(*shuffled)[0].fingerprint == made(*town_sources()[:2])[0].fingerprint


def test_the_same_sources_give_the_same_city() -> None:
    assert town().fingerprint == town().fingerprint
    city, other = town(), town()
    for name in city.layers.names("overlay"):
        assert city.layers.digests("overlay", name) == other.layers.digests("overlay", name)


# --- place --------------------------------------------------------------------------------------------------------------------


def test_layers_meet_in_one_crs_whatever_theirs() -> None:
    city, _ = made(SourceTable("buildings", houses(crs="EPSG:4326"), MADE_UP), SourceTable("roads", streets(), MADE_UP))
    assert city.grid.crs == "EPSG:6677"
    assert city.roads.crs == city.buildings.crs
    exact = houses().set_index("id").geometry
    assert city.buildings.set_index("id").geometry.hausdorff_distance(exact, align=True).max() < 0.01
    assert made(SourceTable("buildings", houses(), MADE_UP), crs="EPSG:32654")[0].grid.crs == "EPSG:32654"


def test_a_layer_without_crs_needs_one() -> None:
    nowhere = houses().set_crs(None, allow_override=True)
    with pytest.raises(InputError, match="names no CRS; give one with --crs"):
        made(SourceTable("buildings", nowhere, MADE_UP))
    city, report = made(SourceTable("buildings", nowhere, MADE_UP), crs=CRS)
    assert len(city.buildings) == 9
    assert "names no CRS" in told(report, "defaulted")[0]


def test_a_crs_in_degrees_is_refused() -> None:
    with pytest.raises(InputError, match="not projected in metres"):
        made(SourceTable("buildings", houses(), MADE_UP), crs="EPSG:4326")


def test_swapped_axes_are_told() -> None:
    swapped = houses(crs="EPSG:4326")
    swapped = swapped.set_geometry(shapely.transform(swapped.geometry.to_numpy(), lambda p: p[:, ::-1]), crs="EPSG:4326")
    with pytest.raises(InputError, match="swapped"):
        made(SourceTable("buildings", swapped, MADE_UP))
    # longitude 12 and latitude 42 are both plausible either way: the rest of the city tells
    rome = geopandas.GeoDataFrame({"id": ["a"]}, geometry=[shapely.box(12.49, 41.89, 12.4901, 41.8901)], crs="EPSG:4326")
    shelter = geopandas.GeoDataFrame({"id": ["s"]}, geometry=[shapely.Point(41.89, 12.49)], crs="EPSG:4326")
    with pytest.raises(InputError, match=r"shelters has latitude and longitude swapped"):
        made(SourceTable("buildings", rome, MADE_UP), SourceTable("shelters", shelter, MADE_UP))


def test_strays_are_dropped_and_a_whole_layer_elsewhere_is_refused() -> None:
    frame = houses()
    far = frame.copy()
    far.loc[0, "geometry"] = shapely.box(60_000, 0, 60_010, 10)
    city, report = made(SourceTable("buildings", far, MADE_UP))
    assert len(city.buildings) == 8
    assert told(report, "dropped") == ["buildings: more than 50 km from the middle of the city ×1"]
    island = pd.concat(
        [
            houses(crs="EPSG:4326"),
            geopandas.GeoDataFrame({"id": ["null"]}, geometry=[shapely.box(0, 0, 1e-4, 1e-4)], crs="EPSG:4326"),
        ]
    )
    assert len(made(SourceTable("buildings", geopandas.GeoDataFrame(island), MADE_UP))[0].buildings) == 9, (
        "0° N 0° E is no house"
    )
    abroad = geopandas.GeoDataFrame({"id": ["s"]}, geometry=[shapely.Point(2.35, 48.85)], crs="EPSG:4326")
    with pytest.raises(InputError, match="more than 50 km from the rest of the city"):
        made(SourceTable("buildings", frame, MADE_UP), SourceTable("shelters", abroad, MADE_UP))


def test_layers_beside_the_terrain_are_refused_with_both_extents() -> None:
    aside = SourceRaster("elevation", raster(slope(), west=5_000), MADE_UP, HEIGHTS)
    with pytest.raises(InputError, match=r"The layers \(139\.83.*\) and the terrain \(139\.8.*\) do not overlap"):
        made(SourceTable("buildings", houses(), MADE_UP), aside)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_coordinates_that_are_no_numbers_are_refused(bad: float) -> None:
    frame = houses()
    frame.loc[3, "geometry"] = shapely.transform(frame.geometry[3], lambda points: np.where(points == 5, bad, points))
    with pytest.raises(ContractError, match=r"1 of buildings in tests have coordinates that are NaN or infinite \(house-3\)"):
        made(SourceTable("buildings", frame, MADE_UP))


# --- grid ---------------------------------------------------------------------------------------------------------------------


def test_without_terrain_cells_are_five_metres_and_elevation_unknown() -> None:
    city, report = made(SourceTable("buildings", houses(), MADE_UP))
    assert city.grid.cell == 5
    assert city.grid.bounds == (-95.0, -95.0, 155.0, 155.0)
    assert not city.has("elevation")
    assert not city.has("ground")
    assert np.isnan(city.elevation).all()
    assert (city.overlay("lowest_cell")["cell"] == -1).all()
    assert any("no terrain" in line for line in told(report, "noted"))


def test_terrain_alone_is_a_city() -> None:
    city, _ = made(SourceRaster("elevation", raster(slope()), MADE_UP, HEIGHTS))
    assert city.grid.shape == (12, 12)
    assert not len(city.buildings)


def test_large_terrain_is_cropped_then_coarsened() -> None:
    large = SourceRaster("elevation", raster(np.zeros((3200, 3200)), cell=1.0, north=3200.0), MADE_UP, HEIGHTS)
    report = ImportReport()
    grid = choose_grid([large], (1000.0, 1000.0, 1100.0, 1100.0), crs=CRS, cell=None, report=report)
    assert (grid.cell, grid.bounds) == (1.0, (500.0, 500.0, 1600.0, 1600.0))
    whole = choose_grid([large], (0.0, 0.0, 3200.0, 3200.0), crs=CRS, cell=None, report=report)
    assert whole.cell == 2.0
    assert whole.rows * whole.columns <= LARGEST
    assert len(told(report, "noted")) == 2


def test_tiles_make_one_terrain_on_the_same_lines() -> None:
    left = SourceRaster("elevation", raster(np.full((4, 4), 1.0), west=2.5), MADE_UP, HEIGHTS)
    right = SourceRaster("elevation", raster(np.full((4, 4), 2.0), west=22.5), MADE_UP, HEIGHTS)
    city, _ = made(left, right)
    assert city.grid.shape == (4, 8)
    assert city.grid.west == 2.5
    assert city.elevation[0].tolist() == [1.0] * 4 + [2.0] * 4


def test_terrain_in_degrees_is_put_onto_metres() -> None:
    data = raster(np.full((50, 50), 7.0), cell=0.00005, west=139.8325, north=36.001, crs="EPSG:4326")
    city, _ = made(SourceRaster("elevation", data, MADE_UP, HEIGHTS))
    assert city.grid.crs == CRS
    assert 4 < city.grid.cell < 6
    assert np.nanmax(city.elevation) == np.nanmin(city.elevation) == 7


# --- heights ------------------------------------------------------------------------------------------------------------------


def test_elevation_columns_are_those_the_contracts_name() -> None:
    named = {
        name: tuple(column.name for column in table.columns if "city datum" in column.meaning) for name, table in TABLES.items()
    }
    assert {name: columns for name, columns in named.items() if columns} == dict(ELEVATIONS)


def test_heights_are_brought_to_the_terrains_datum() -> None:
    frame = houses().assign(ground_elevation=3.0)
    terrain = SourceRaster("elevation", raster(slope()), MADE_UP, HEIGHTS)
    city, _ = made(SourceTable("buildings", frame, MADE_UP, VerticalReference("A.P.")), terrain)
    assert np.allclose(city.buildings["ground_elevation"], 3.0 - 1.1344)
    feet, _ = made(SourceTable("buildings", frame, MADE_UP, replace(HEIGHTS, unit="ft")), terrain)
    assert np.allclose(feet.buildings["ground_elevation"], 0.9144)


def test_unknown_and_known_heights_do_not_mix_without_an_offset() -> None:
    frame = houses().assign(ground_elevation=3.0)
    terrain = SourceRaster("elevation", raster(slope()), MADE_UP, HEIGHTS)
    with pytest.raises(InputError, match="--vertical-offset"):
        made(SourceTable("buildings", frame, MADE_UP), terrain)
    city, report = made(SourceTable("buildings", frame, MADE_UP), terrain, vertical_offset=0.25)
    assert (city.buildings["ground_elevation"] == 3.25).all()
    assert np.allclose(city.elevation, slope(), atol=1e-6), "the offset is not for the terrain"
    assert any("--vertical-offset" in line for line in told(report, "noted"))


def test_a_terrain_without_datum_needs_the_offset_where_buildings_have_one() -> None:
    frame = houses().assign(ground_elevation=3.0)
    terrain = SourceRaster("elevation", raster(slope()), MADE_UP, VerticalReference())
    with pytest.raises(InputError, match=r"Heights of terrain are measured from a datum that is not stated.*--vertical-offset"):
        made(SourceTable("buildings", frame, MADE_UP, HEIGHTS), terrain)
    city, _ = made(SourceTable("buildings", frame, MADE_UP, HEIGHTS), terrain, vertical_offset=0.5)
    assert city.heights == HEIGHTS
    assert np.allclose(city.elevation, slope() + 0.5, atol=1e-6)
    assert (city.buildings["ground_elevation"] == 3.0).all()


def test_two_unstated_datums_are_taken_as_one_and_the_report_says_so() -> None:
    frame = houses().assign(ground_elevation=3.0)
    terrain = SourceRaster("elevation", raster(slope()), MADE_UP, VerticalReference())
    city, report = made(SourceTable("buildings", frame, MADE_UP), terrain)
    assert city.heights.datum == ""
    assert any("not stated" in line for line in told(report, "noted"))


def test_terrain_in_feet_becomes_metres() -> None:
    city, _ = made(SourceRaster("elevation", raster(np.full((4, 4), 10.0)), MADE_UP, VerticalReference("", "ft")))
    assert np.allclose(city.elevation, 3.048)
    assert city.heights.unit == "m"


# --- identity -----------------------------------------------------------------------------------------------------------------


def test_the_same_file_twice_is_dropped_once() -> None:
    city, report = made(SourceTable("buildings", houses(), PLATEAU), SourceTable("buildings", houses(), PLATEAU))
    assert len(city.buildings) == 9
    assert told(report, "dropped") == ["buildings: same id and same geometry as an element already there ×9"]


def test_one_id_for_two_places_is_refused() -> None:
    moved = houses().assign(geometry=houses().translate(100, 0))
    with pytest.raises(ContractError, match=r"9 ids that name several elements with different geometry \(house-0, .*rename"):
        made(SourceTable("buildings", houses(), PLATEAU), SourceTable("buildings", moved, PLATEAU))


def test_missing_ids_come_from_the_geometry() -> None:
    city, report = made(SourceTable("buildings", houses().assign(id=""), MADE_UP))
    again, _ = made(SourceTable("buildings", houses().assign(id="").iloc[::-1], MADE_UP))
    assert city.buildings["id"].is_unique
    assert list(city.buildings["id"]) == list(again.buildings["id"])
    assert "no id" in told(report, "defaulted")[0]


def test_of_two_publishers_the_first_has_the_building() -> None:
    shifted = houses().assign(geometry=houses().translate(3, 0), id=[f"way/{n}" for n in range(9)])
    extra = geopandas.GeoDataFrame({"id": ["way/new"]}, geometry=[shapely.box(100, 100, 110, 110)], crs=CRS)
    other = geopandas.GeoDataFrame(pd.concat([shifted, extra]), crs=CRS)
    city, report = made(SourceTable("buildings", houses(), PLATEAU), SourceTable("buildings", other, OSM))
    assert set(city.buildings["id"]) == {*houses()["id"], "way/new"}
    assert told(report, "dropped") == ["buildings: more than half of it lies under a building of an earlier source ×9"]
    # the same footprints within one publisher's data are different things: a roof over a basement
    both, _ = made(SourceTable("buildings", houses(), PLATEAU), SourceTable("buildings", shifted, PLATEAU))
    assert len(both.buildings) == 18


def test_records_of_buildings_that_are_not_there_are_dropped() -> None:
    risks = pd.DataFrame(
        {"building_id": ["house-0", "ghost"], "hazard": "tsunami", "name": "", "scale": "", "authority": "", "depth_high": 1.0}
    )
    city, report = made(SourceTable("buildings", houses(), MADE_UP), SourceTable("building_risks", risks, MADE_UP))
    assert list(city.table("building_risks")["building_id"]) == ["house-0"]
    assert told(report, "dropped") == ["building_risks: it belongs to none of the buildings that were kept ×1"]


def test_of_contradicting_records_the_gravest_is_kept() -> None:
    risks = pd.DataFrame(
        {
            "building_id": "house-0",
            "hazard": "tsunami",
            "name": "",
            "scale": "",
            "authority": "",
            "depth_high": [1.0, 5.0, np.nan],
        }
    )
    city, report = made(SourceTable("buildings", houses(), MADE_UP), SourceTable("building_risks", risks, MADE_UP))
    assert list(city.table("building_risks")["depth_high"]) == [5.0]
    assert "gravest" in told(report, "repaired")[0]


def test_all_faults_of_all_tables_at_once() -> None:
    frame = houses().assign(storeys=900, use="castle")
    road = streets().assign(lanes=99)
    with pytest.raises(ContractError) as caught:
        made(SourceTable("buildings", frame, MADE_UP), SourceTable("roads", road, MADE_UP))
    text = str(caught.value)
    assert all(word in text for word in ("storeys", "castle", "lanes"))
    assert len(caught.value.faults) == 3


# --- hazards ------------------------------------------------------------------------------------------------------------------


def test_flood_polygons_are_intervals_and_unknown_outside() -> None:
    polygons = geopandas.GeoDataFrame(
        {
            "id": ["p1", "p2"],
            "hazard": "river_flood",
            "name": "川",
            "scale": "L2",
            "depth_low": [0.5, 3.0],
            "depth_high": [3.0, 5.0],
        },
        geometry=[shapely.box(0, 0, 20, 60), shapely.box(20, 0, 40, 60)],
        crs=CRS,
    )
    city, report = made(
        SourceTable("buildings", houses(), MADE_UP), SourceTable("flood_polygons", polygons, MADE_UP), *town_sources()[5:6]
    )
    low, high = city.raster("hazard/river-l2/low"), city.raster("hazard/river-l2/high")
    assert (low[:, 0] == 0.5).all()
    assert (high[:, 0] == 3).all()
    assert (high[:, 5] == 5).all()
    assert np.isnan(low[:, 8:]).all()
    assert any("outside of all polygons are unknown" in line for line in told(report, "noted"))


def test_a_series_keeps_its_times() -> None:
    data = raster(np.stack([slope(), slope() + 1]))
    source = SourceRaster("hazard", data, MADE_UP, None, {"name": "川", "hazard": "river_flood", "scale": "L2"})
    city, _ = made(SourceTable("buildings", houses(), MADE_UP), *town_sources()[5:6], source)
    assert city.hazard_maps["river-l2"].times == (0.0, 600.0)
    assert city.raster("hazard/river-l2/series").shape == (2, 12, 12)


def test_maps_of_several_rivers_have_names_of_their_own() -> None:
    risks = pd.DataFrame(
        {
            "building_id": "house-0",
            "hazard": "river_flood",
            "name": ["一之川", "二之川"],
            "scale": "L2",
            "authority": "",
            "depth_high": 1.0,
        }
    )
    city, _ = made(SourceTable("buildings", houses(), MADE_UP), SourceTable("building_risks", risks, MADE_UP))
    assert set(city.hazard_maps) == {"river-l2-一之川", "river-l2-二之川"}


def test_a_hazard_raster_elsewhere_is_refused() -> None:
    away = SourceRaster("hazard", raster(slope(), west=900_000), MADE_UP, None, {"hazard": "river_flood"})
    with pytest.raises(InputError, match="do not overlap"):
        made(SourceTable("buildings", houses(), MADE_UP), *town_sources()[5:6], away)


def test_nothing_is_nothing() -> None:
    with pytest.raises(InputError, match="no element with a place"):
        made()
    with pytest.raises(InputError, match=r"no element with a place"):
        made(SourceTable("buildings", houses().iloc[:0], MADE_UP))


def test_of_two_far_clusters_one_is_the_city() -> None:
    pair = geopandas.GeoDataFrame(
        {"id": ["a", "b"], "kind": "rain"}, geometry=shapely.points([[8, 49], [9, 50]]), crs="EPSG:4326"
    )
    city, report = made(SourceTable("sensors", pair, MADE_UP))
    assert len(city.sensors) == 1
    assert told(report, "dropped") == ["sensors: more than 50 km from the middle of the city ×1"]
