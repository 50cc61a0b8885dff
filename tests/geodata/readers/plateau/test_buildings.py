# ruff: noqa: E501  (XML is easier to read in one piece)
"""Buildings from small files: footprints, grounds, heights, parts, links, ids."""

from __future__ import annotations

import math
from typing import Any

import orjson
import pytest
import shapely

from geodata.errors import InputError
from geodata.tables import TABLES

SQUARE_AREA = 1e-8  # 0.0001° × 0.0001°


def only(reading: Any) -> Any:
    frame = reading.frame("buildings")
    assert len(frame) == 1
    TABLES["buildings"].check(TABLES["buildings"].completed(frame))
    return frame.iloc[0]


def test_footprint_keeps_its_holes(gml: Any) -> None:
    shape = gml.surface(gml.polygon(gml.ring(size=3), gml.ring(1, 1)))
    building = only(gml.read_model(gml.building(footprint=shape)))
    assert building["geometry"].area == pytest.approx(8 * SQUARE_AREA)
    assert len(building["geometry"].interiors) == 1
    assert building["geometry"].bounds == pytest.approx((139.0, 35.0, 139.0003, 35.0003))


def test_footprint_on_the_ground_is_preferred_to_the_roof_edge(gml: Any) -> None:
    ground = f"<bldg:lod0FootPrint>{gml.surface(gml.polygon(gml.ring(5, 5)))}</bldg:lod0FootPrint>"
    building = only(gml.read_model(gml.building(ground)))
    assert building["footprint_from"] == "lod0FootPrint"
    assert building["geometry"].bounds[1] == pytest.approx(35.0005)


def test_footprint_from_the_floor_of_a_solid(gml: Any) -> None:
    reading = gml.read_model(gml.building(f"<bldg:lod1Solid>{gml.block(4.5, 12.0)}</bldg:lod1Solid>", footprint=""))
    building = only(reading)
    assert building["geometry"].area == pytest.approx(SQUARE_AREA)
    assert building["ground_elevation"] == 4.5
    assert building["height"] == 7.5
    assert reading.said("defaulted", "taken from the extent of the solid") == 1
    assert reading.said("mapped", "geometry from lod1Solid") == 1


def test_footprint_of_a_sloping_solid_is_its_shadow(gml: Any) -> None:
    sloping = "35.0 139.0 3 35.0 139.0001 4 35.0001 139.0001 4 35.0001 139.0 3 35.0 139.0 3"
    shape = f"<bldg:lod2MultiSurface>{gml.surface(gml.polygon(sloping))}</bldg:lod2MultiSurface>"
    assert only(gml.read_model(gml.building(shape, footprint="")))["geometry"].area == pytest.approx(SQUARE_AREA)


def test_lod0_height_is_not_the_ground(gml: Any) -> None:
    building = only(gml.read_model(gml.building()))
    assert math.isnan(building["ground_elevation"])
    assert math.isnan(building["height"])


def test_a_whole_file_standing_on_zero_has_no_ground(gml: Any) -> None:
    members = [
        gml.building(f"<bldg:lod1Solid>{gml.block(0, 6, column=n)}</bldg:lod1Solid>", identity=f"b{n}", column=n)
        for n in range(4)
    ]
    reading = gml.read_model(*members)
    assert reading.frame("buildings")["ground_elevation"].isna().all()
    assert reading.said("defaulted", "ground unknown") == 4


def test_lod1_on_zero_gives_way_to_lod2(gml: Any) -> None:
    solids = f"<bldg:lod1Solid>{gml.block(0, 6)}</bldg:lod1Solid><bldg:lod2Solid>{gml.block(31.2, 40)}</bldg:lod2Solid>"
    assert only(gml.read_model(gml.building(solids)))["ground_elevation"] == 31.2


def test_uniform_height_of_unmeasured_buildings_is_unknown(gml: Any) -> None:
    gml.codelist("DataQualityAttribute_lod1HeightType", {"0": "取得不可のため一律値（3m）"})
    quality = (
        "<uro:bldgDataQualityAttribute><uro:DataQualityAttribute>"
        '<uro:lod1HeightType codeSpace="../../codelists/DataQualityAttribute_lod1HeightType.xml">0</uro:lod1HeightType>'
        "</uro:DataQualityAttribute></uro:bldgDataQualityAttribute>"
    )
    inside = f"<bldg:measuredHeight>-9999</bldg:measuredHeight><bldg:lod1Solid>{gml.block(4, 7)}</bldg:lod1Solid>{quality}"
    assert math.isnan(only(gml.read_model(gml.building(inside)))["height"])


@pytest.mark.parametrize("text", ["-9999", "2.8（テスト）", "NaN", "1e9", "0", ""])
def test_heights_that_are_none(gml: Any, text: str) -> None:
    assert math.isnan(only(gml.read_model(gml.building(f"<bldg:measuredHeight>{text}</bldg:measuredHeight>")))["height"])


def test_sentinels(gml: Any) -> None:
    inside = (
        "<bldg:yearOfConstruction>0001</bldg:yearOfConstruction><bldg:storeysAboveGround>9999</bldg:storeysAboveGround>"
        "<bldg:storeysBelowGround>1</bldg:storeysBelowGround><uro:buildingDetailAttribute><uro:BuildingDetailAttribute>"
        "<uro:totalFloorArea>-9999</uro:totalFloorArea></uro:BuildingDetailAttribute></uro:buildingDetailAttribute>"
    )
    reading = gml.read_model(gml.building(inside))
    table = TABLES["buildings"].completed(reading.frame("buildings"))
    assert table[["year_built", "storeys", "floor_area"]].isna().all(axis=None)
    assert table["storeys_below"].tolist() == [1]
    assert reading.said("defaulted", "9999") == 2
    assert reading.said("defaulted", "0001") == 1


def test_building_parts_become_one_building(gml: Any) -> None:
    def part(column: int, height: float) -> str:
        shape = f"<bldg:lod0RoofEdge>{gml.surface(gml.polygon(gml.ring(0, column)))}</bldg:lod0RoofEdge>"
        inner = f"{gml.building_id('12345-bldg-7')}<bldg:measuredHeight>{height}</bldg:measuredHeight>{shape}"
        return f'<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="p{column}">{inner}</bldg:BuildingPart></bldg:consistsOfBuildingPart>'

    reading = gml.read_model(gml.building(gml.building_id("12345-bldg-7") + part(0, 6) + part(1, 31), footprint=""))
    building = only(reading)
    assert (building["id"], building["height"]) == ("12345-bldg-7", 31)
    assert building["geometry"].area == pytest.approx(2 * SQUARE_AREA)
    assert building["geometry"].geom_type == "Polygon"
    assert reading.said("repaired", "building parts merged") == 2


def test_objects_that_share_a_building_id_become_one(gml: Any) -> None:
    first = gml.building(gml.building_id("x") + "<bldg:measuredHeight>5</bldg:measuredHeight>", identity="a")
    second = gml.building(gml.building_id("x") + "<bldg:measuredHeight>9</bldg:measuredHeight>", identity="b", column=1)
    reading = gml.read_model(first, second)
    building = only(reading)
    assert building["height"] == 9
    assert building["geometry"].area == pytest.approx(2 * SQUARE_AREA)
    assert reading.said("repaired", "share one buildingID") == 1


def test_one_id_far_apart_is_two_buildings(gml: Any) -> None:
    reading = gml.read_model(
        gml.building(gml.building_id("x"), identity="a"), gml.building(gml.building_id("x"), identity="b", column=500)
    )
    assert reading.frame("buildings")["id"].tolist() == ["x", "x#b"]
    assert reading.said("repaired", "far apart") == 1


def test_a_building_on_two_map_sheets_is_one_with_its_risks_once(gml: Any) -> None:
    risk = (
        "<uro:bldgDisasterRiskAttribute><uro:HighTideRiskAttribute><uro:description>湾</uro:description><uro:depth>1.5</uro:depth>"
        "</uro:HighTideRiskAttribute></uro:bldgDisasterRiskAttribute>"
    )
    text = gml.model(gml.building(gml.building_id("x") + risk))
    gml.write(text, "udx/bldg/53394525_bldg_6697_op.gml")
    gml.write(text, "udx/bldg/53394526_bldg_6697_op.gml")
    reading = gml.read(gml.folder)
    only(reading)
    assert len(reading.frame("building_risks")) == 1
    assert reading.said("dropped", "exact repeat of a building") == 1
    assert reading.said("repaired", "exact duplicate of a risk record") == 1


def test_without_any_id_the_geometry_names_the_building(gml: Any) -> None:
    name = only(gml.read_model(gml.building(identity="")))["id"]
    assert name.startswith("g")
    assert name == only(gml.read_model(gml.building(identity="")))["id"]


def test_invalid_footprint_is_repaired(gml: Any) -> None:
    bow = "35.0 139.0 0 35.0001 139.0001 0 35.0 139.0001 0 35.0001 139.0 0 35.0 139.0 0"
    reading = gml.read_model(gml.building(footprint=gml.surface(gml.polygon(bow))))
    building = only(reading)
    assert shapely.is_valid(building["geometry"])
    assert building["geometry"].area == pytest.approx(SQUARE_AREA / 2)
    assert reading.said("repaired", "made valid") == 1


@pytest.mark.parametrize(
    "shell",
    ["35 139 0 35 139.1 0", "35.0 139.0 0 NaN 139.1 0 35.1 139.1 0 35.0 139.0 0", "35.0 139.0 0 x 1 2", "1 2 3 4 5 6 7"],
)
def test_unusable_footprint_drops_the_building_and_says_so(gml: Any, shell: str) -> None:
    reading = gml.read_model(
        gml.building(identity="good"), gml.building(identity="bad", footprint=gml.surface(gml.polygon(shell)))
    )
    assert only(reading)["id"] == "good"
    assert reading.said("dropped", "building without a usable geometry") == 1


def test_no_usable_building_at_all(gml: Any) -> None:
    with pytest.raises(InputError, match="holds no building"):
        gml.read_model(gml.building(footprint=""))


def linked(gml: Any, target: str) -> str:
    member = f'<gml:surfaceMember xlink:href="#{target}"/>'
    return f"<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{member}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>"


def test_links_within_the_building_are_followed(gml: Any) -> None:
    walls = gml.surface(gml.polygon(gml.ring(0, 0, 2.5), identity="floor"))
    bounded = f"<bldg:boundedBy><bldg:GroundSurface><bldg:lod2MultiSurface>{walls}</bldg:lod2MultiSurface></bldg:GroundSurface></bldg:boundedBy>"
    building = only(gml.read_model(gml.building(linked(gml, "floor") + bounded, footprint="")))
    assert building["ground_elevation"] == 2.5
    assert building["footprint_from"] == "lod2Solid"


def test_links_to_another_object_of_the_file_are_followed(gml: Any) -> None:
    owner = gml.building(identity="owner", footprint=gml.surface(gml.polygon(gml.ring(0, 0, 3.0), identity="shared")))
    borrower = gml.building(linked(gml, "shared"), identity="borrower", footprint="")
    reading = gml.read_model(borrower, owner)
    frame = reading.frame("buildings").set_index("id")
    assert frame.loc["borrower", "geometry"].equals(frame.loc["owner", "geometry"])
    assert reading.said("noted", "another object of the file") == 1


def test_links_to_nowhere_are_counted_and_the_roof_edge_serves(gml: Any) -> None:
    reading = gml.read_model(gml.building(linked(gml, "nowhere")))
    only(reading)
    assert reading.said("noted", "dangling xlink") == 1


def test_usage_words_are_kept_and_mapped(gml: Any) -> None:
    gml.codelist("Building_usage", {"413": "店舗等併用住宅"})
    reading = gml.read_model(gml.building('<bldg:usage codeSpace="../../codelists/Building_usage.xml">413</bldg:usage>'))
    building = only(reading)
    assert (building["usage"], building["use"]) == ("店舗等併用住宅", "mixed")


def test_generic_attributes_are_kept_as_attributes(gml: Any) -> None:
    inside = '<gen:stringAttribute name="対照番号"><gen:value>32019</gen:value></gen:stringAttribute>'
    table = TABLES["buildings"].completed(gml.read_model(gml.building(inside)).frame("buildings"))
    assert orjson.loads(table["attributes"][0])["対照番号"] == "32019"
