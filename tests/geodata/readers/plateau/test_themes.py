# ruff: noqa: E501  (XML is easier to read in one piece)
"""Roads, bridges, land use, water, flood surfaces, zones, terrain from small files."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely

from geodata.readers.plateau.relief import cells_of_triangles
from geodata.tables import TABLES


def complete(reading: Any, table: str) -> Any:
    frame = reading.frame(table)
    TABLES[table].check(TABLES[table].completed(frame))
    return frame


def test_roads_in_one_piece(gml: Any) -> None:
    gml.codelist("Road_function", {"4": "市町村道"})
    road = (
        f'<tran:Road gml:id="r"><tran:function codeSpace="../../codelists/Road_function.xml">4</tran:function>'
        f"<tran:lod1MultiSurface>{gml.surface(gml.polygon(gml.ring(size=3)))}</tran:lod1MultiSurface></tran:Road>"
    )
    row = complete(gml.read(gml.write(gml.model(road), "udx/tran/533945_tran_6697_op.gml")), "road_surfaces").iloc[0]
    assert (row["id"], row["kind"], row["function"]) == ("r", "carriageway", "市町村道")


def test_roads_of_traffic_areas_each_of_its_kind(gml: Any) -> None:
    def area(name: str, function: str, column: int) -> str:
        shape = gml.surface(gml.polygon(gml.ring(0, column)))
        return (
            f'<tran:trafficArea><tran:TrafficArea gml:id="{name}"><tran:function>{function}</tran:function>'
            f"<tran:lod2MultiSurface>{shape}</tran:lod2MultiSurface></tran:TrafficArea></tran:trafficArea>"
        )

    reading = gml.read_model(f'<tran:Road gml:id="r">{area("a", "車道部", 0)}{area("b", "歩道部", 1)}</tran:Road>')
    assert complete(reading, "road_surfaces").set_index("id")["kind"].to_dict() == {"a": "carriageway", "b": "pavement"}


def test_a_bridge_is_its_shadow_with_a_deck(gml: Any) -> None:
    bridge = f'<brid:Bridge gml:id="k"><brid:lod1Solid>{gml.block(5, 8.5)}</brid:lod1Solid></brid:Bridge>'
    row = complete(gml.read_model(bridge), "road_surfaces").iloc[0]
    assert (row["kind"], row["deck_elevation"]) == ("bridge", 8.5)
    assert row["geometry"].area == pytest.approx(1e-8)


@pytest.mark.parametrize(("words", "kind"), [("田（水田）", "paddy"), ("道路用地", "road"), ("不明", ""), ("その他自然地（原野・牧野、河川敷）", "grass"),
                                             ("公共空地（公園・緑地、広場）", "park"), ("水面（河川水面、湖沼）", "water")])  # fmt: skip
def test_land_use(gml: Any, words: str, kind: str) -> None:
    gml.codelist("Common_landUseType", {"1": words})
    shape = gml.surface(gml.polygon(gml.ring()))
    patch = (
        '<luse:LandUse gml:id="l"><luse:class codeSpace="../../codelists/Common_landUseType.xml">1</luse:class>'
        f"<luse:lod1MultiSurface>{shape}</luse:lod1MultiSurface></luse:LandUse>"
    )
    row = complete(gml.read_model(patch), "land_use").iloc[0]
    assert (row["kind"], row["land_use"]) == (kind, words)


@pytest.mark.parametrize(("level", "z", "expected"), [("lod1", 2.5, 2.5), ("lod1", 0.0, math.nan), ("lod0", 2.5, math.nan)])
def test_water_levels(gml: Any, level: str, z: float, expected: float) -> None:
    shape = gml.surface(gml.polygon(gml.ring(0, 0, z)), gml.polygon(gml.ring(0, 1, z)))
    water = f'<wtr:WaterBody gml:id="w"><wtr:class>river</wtr:class><wtr:{level}MultiSurface>{shape}</wtr:{level}MultiSurface></wtr:WaterBody>'
    row = complete(gml.read(gml.write(gml.model(water), "udx/wtr/533945_wtr_6697_op.gml")), "water").iloc[0]
    assert row["kind"] == "river"
    assert row["level"] == pytest.approx(expected, nan_ok=True)
    assert row["geometry"].geom_type == "Polygon"
    assert row["geometry"].area == pytest.approx(2e-8)


def flood(gml: Any, inside: str) -> str:
    south, west, side = 35.0, 139.0, 1e-4
    triangles = (
        f"{south} {west} 3 {south} {west + side} 3 {south + side} {west} 3 {south} {west} 3",
        f"{south} {west + side} 3 {south + side} {west + side} 3 {south + side} {west} 3 {south} {west + side} 3",
    )
    shape = gml.surface(*(gml.polygon(triangle) for triangle in triangles))
    return f'<wtr:WaterBody gml:id="f">{inside}<wtr:lod1MultiSurface>{shape}</wtr:lod1MultiSurface></wtr:WaterBody>'


def test_flood_surfaces_with_risk_attributes(gml: Any) -> None:
    gml.codelist("WaterBodyRiverFloodingRiskAttribute_rank", {"3": "3m以上5m未満"})
    inside = (
        "<uro:floodingRiskAttribute><uro:WaterBodyRiverFloodingRiskAttribute><uro:description>菊池川</uro:description>"
        '<uro:rank codeSpace="../../../../codelists/WaterBodyRiverFloodingRiskAttribute_rank.xml">3</uro:rank>'
        "<uro:scale>L2</uro:scale></uro:WaterBodyRiverFloodingRiskAttribute></uro:floodingRiskAttribute>"
    )
    path = gml.write(gml.model(flood(gml, inside), uro="2.0"), "udx/fld/natl/kikuchi/533945_fld_6697_l2_op.gml")
    row = complete(gml.read(path), "flood_polygons").iloc[0]
    assert (row["hazard"], row["name"], row["scale"], row["authority"]) == ("river_flood", "菊池川", "L2", "国")
    assert (row["rank"], row["depth_low"], row["depth_high"], row["level"]) == (3, 3.0, 5.0, 3.0)
    assert row["geometry"].geom_type == "Polygon"
    assert row["geometry"].area == pytest.approx(1e-8)


def test_flood_surfaces_of_iur_14_take_the_rest_from_their_path(gml: Any) -> None:
    gml.codelist("WaterBodyRiverFloodingRiskAttribute_rank", {"1": "0.5m未満"})
    inside = '<gen:stringAttribute name="浸水ランク"><gen:value>1</gen:value></gen:stringAttribute>'
    path = gml.write(gml.model(flood(gml, inside), uro="1.4"), "udx/fld/pref/kanda/533945_fld_6697_l1_op.gml")
    row = complete(gml.read(path), "flood_polygons").iloc[0]
    assert (row["hazard"], row["name"], row["scale"], row["authority"]) == ("river_flood", "kanda", "L1", "都道府県")
    assert (row["rank"], row["depth_low"], row["depth_high"]) == (1, 0.0, 0.5)


def test_a_storm_surge_without_a_rank_stays_unknown(gml: Any) -> None:
    reading = gml.read(gml.write(gml.model(flood(gml, "")), "udx/htd/tokyo/533945_htd_6697_op.gml"))
    row = complete(reading, "flood_polygons").iloc[0]
    assert row["hazard"] == "high_tide"
    assert math.isnan(row["depth_low"])
    assert reading.said("noted", "without a rank") == 1


def test_zones(gml: Any) -> None:
    def zone(kind: str, name: str, column: int, inside: str) -> str:
        return f'<urf:{kind} gml:id="{name}">{inside}<urf:lod0MultiSurface>{gml.surface(gml.polygon(gml.ring(0, column)))}</urf:lod0MultiSurface></urf:{kind}>'

    reading = gml.read_model(
        zone("UseDistrict", "u", 0, "<urf:function>準工業地域</urf:function>"),
        zone(
            "SedimentDisasterProneArea",
            "s",
            1,
            "<urf:disasterType>土石流</urf:disasterType><urf:areaType>警戒区域</urf:areaType>",
        ),
    )
    frame = complete(reading, "areas").set_index("id")
    assert (frame.loc["u", "kind"], frame.loc["u", "name"]) == ("zoning", "準工業地域")
    assert (frame.loc["s", "kind"], frame.loc["s", "name"]) == ("hazard_zone", "土石流（警戒区域）")


def test_what_is_not_used_is_counted(gml: Any) -> None:
    reading = gml.read_model(gml.building(), *["<frn:CityFurniture/>"] * 3)
    assert reading.said("dropped", "CityFurniture: not used") == 3


def terrain(gml: Any, component: str) -> str:
    return f'<dem:ReliefFeature gml:id="d"><dem:lod>1</dem:lod><dem:reliefComponent>{component}</dem:reliefComponent></dem:ReliefFeature>'


def plane(latitude: float, longitude: float) -> float:
    return 10 + (latitude - 35) * 10_000 + (longitude - 139) * 20_000


def test_terrain_triangles_become_a_grid(gml: Any) -> None:
    corners = [(35.0, 139.0), (35.0, 139.002), (35.002, 139.002), (35.002, 139.0)]
    patches = ""
    for three in ((0, 1, 2), (0, 2, 3)):
        ring = " ".join(f"{corners[n][0]} {corners[n][1]} {plane(*corners[n])}" for n in (*three, three[0]))
        shape = f"<gml:exterior><gml:LinearRing><gml:posList>{ring}</gml:posList></gml:LinearRing></gml:exterior>"
        patches += f"<gml:Triangle>{shape}</gml:Triangle>"
    component = f"<dem:TINRelief><dem:tin><gml:TriangulatedSurface><gml:trianglePatches>{patches}</gml:trianglePatches></gml:TriangulatedSurface></dem:tin></dem:TINRelief>"
    reading = gml.read(gml.write(gml.model(terrain(gml, component)), "udx/dem/533945_dem_6697_op.gml"))
    (raster,) = reading.rasters
    data = raster.data
    assert (raster.role, data.dtype, data.rio.crs.to_epsg()) == ("elevation", np.float32, 6676)
    assert raster.heights is not None
    assert raster.heights.datum == "EPSG:6695"
    assert abs(float(data.x[1] - data.x[0])) == 5.0
    # About 182 m × 222 m of ground.
    assert int(np.isfinite(data).sum()) == pytest.approx(182.5 * 221.9 / 25, rel=0.03)
    middle = shapely.Point(139.001, 35.001)
    import geopandas

    spot = geopandas.GeoSeries([middle], crs="EPSG:6668").to_crs("EPSG:6676").iloc[0]
    assert float(data.sel(x=spot.x, y=spot.y, method="nearest")) == pytest.approx(plane(35.001, 139.001), abs=0.6)


def test_mass_points_become_a_grid(gml: Any) -> None:
    points = "".join(f"<gml:pointMember><gml:Point><gml:pos>{35 + a * 5e-4} {139 + b * 5e-4} 7.5</gml:pos></gml:Point></gml:pointMember>"
                     for a in range(3) for b in range(3))  # fmt: skip
    component = f"<dem:MassPointRelief><dem:reliefPoints><gml:MultiPoint>{points}</gml:MultiPoint></dem:reliefPoints></dem:MassPointRelief>"
    (raster,) = gml.read_model(terrain(gml, component)).rasters
    assert np.unique(raster.data.to_numpy()[np.isfinite(raster.data.to_numpy())]).tolist() == [7.5]


def test_triangles_share_their_edges_and_leave_no_gaps() -> None:
    rng = np.random.default_rng(7)
    x, y = np.meshgrid(np.arange(8) * 10.0, np.arange(8) * 10.0)
    points = np.column_stack([(x + rng.uniform(-3, 3, x.shape)).ravel(), (y + rng.uniform(-3, 3, y.shape)).ravel()])
    from scipy.spatial import Delaunay

    mesh = Delaunay(points)
    heights = points[:, 0] * 2 - points[:, 1] + 5
    triangles = np.column_stack([points, heights])[mesh.simplices]
    cells: dict[tuple[int, int], float] = {}
    for rows, columns, values in cells_of_triangles(triangles, 1.0):
        cells.update(zip(zip(rows.tolist(), columns.tolist(), strict=True), values.tolist(), strict=True))
    for (row, column), height in cells.items():
        assert height == pytest.approx((column + 0.5) * 2 - (row + 0.5) + 5)
    centres = [
        (row, column) for row in range(-3, 75) for column in range(-3, 75) if mesh.find_simplex((column + 0.5, row + 0.5)) >= 0
    ]
    assert set(cells) == set(centres)
