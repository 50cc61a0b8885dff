# ruff: noqa: E501  (XML is easier to read in one piece)
"""CityGML 3 and the several i-URs read alike."""

from __future__ import annotations

from typing import Any

import pytest

CITYGML_3 = """
<bldg:Building gml:id="b3">
  <gml:name>市民会館</gml:name>
  <core:genericAttribute><gen:StringAttribute><gen:name>台帳番号</gen:name><gen:value>77</gen:value></gen:StringAttribute></core:genericAttribute>
  <core:lod0MultiSurface>{footprint}</core:lod0MultiSurface>
  <core:lod1Solid>{solid}</core:lod1Solid>
  <con:dateOfConstruction>1998-04-01</con:dateOfConstruction>
  <con:height><con:Height><con:highReference>highestRoofEdge</con:highReference><con:lowReference>lowestGroundPoint</con:lowReference>
    <con:status>measured</con:status><con:value uom="m">11.25</con:value></con:Height></con:height>
  <bldg:storeysAboveGround>3</bldg:storeysAboveGround>
  <bldg:adeOfAbstractBuilding><uro:ADEOfAbstractBuilding>
    <uro:buildingIDAttribute><uro:BuildingIDAttribute><uro:buildingID>12345-bldg-3</uro:buildingID></uro:BuildingIDAttribute></uro:buildingIDAttribute>
    <uro:bldgDisasterRiskAttribute><uro:TsunamiRiskAttribute><uro:description>湾</uro:description><uro:depth uom="m">3.4</uro:depth>
    </uro:TsunamiRiskAttribute></uro:bldgDisasterRiskAttribute>
  </uro:ADEOfAbstractBuilding></bldg:adeOfAbstractBuilding>
</bldg:Building>"""


def test_citygml_3(gml: Any) -> None:
    member = CITYGML_3.format(footprint=gml.surface(gml.polygon(gml.ring(z=2.0))), solid=gml.block(2.0, 12.5))
    reading = gml.read_model(member, citygml="3.0", uro="4.0")
    building = reading.frame("buildings").iloc[0]
    assert (building["id"], building["name"]) == ("12345-bldg-3", "市民会館")
    assert (building["height"], building["storeys"], building["year_built"]) == (11.25, 3, 1998)
    assert building["ground_elevation"] == 2.0
    assert building["footprint_from"] == "lod0MultiSurface"
    assert "台帳番号" in building["attributes"]
    risk = reading.frame("building_risks").iloc[0]
    assert (risk["building_id"], risk["hazard"], risk["rank"]) == ("12345-bldg-3", "tsunami", 3)
    assert "CityGML 3.0, i-UR 4.0" in reading.tables["buildings"].provenance.source


def test_citygml_3_ground_surface_in_boundary(gml: Any) -> None:
    ground = gml.surface(gml.polygon(gml.ring(0, 0, 5.0)))
    roof = gml.surface(gml.polygon(gml.ring(0, 0, 9.0, size=2)))
    member = (
        f'<bldg:Building gml:id="b"><core:boundary><con:GroundSurface><core:lod2MultiSurface>{ground}</core:lod2MultiSurface></con:GroundSurface>'
        f"</core:boundary><core:boundary><con:RoofSurface><core:lod2MultiSurface>{roof}</core:lod2MultiSurface></con:RoofSurface></core:boundary></bldg:Building>"
    )
    building = gml.read_model(member, citygml="3.0").frame("buildings").iloc[0]
    assert building["geometry"].area == pytest.approx(1e-8)
    assert building["ground_elevation"] == 5.0
    assert building["height"] == 4.0


@pytest.mark.parametrize("uro", ["1.4", "2.0", "3.0", "3.1", "3.2", "4.0"])
def test_every_iur_gives_the_building(gml: Any, uro: str) -> None:
    reading = gml.read_model(gml.building("<bldg:measuredHeight>6.5</bldg:measuredHeight>"), uro=uro)
    assert reading.frame("buildings")["height"].tolist() == [6.5]
    assert f"i-UR {uro}" in reading.tables["buildings"].provenance.source


def test_provenance_from_the_folder_name(gml: Any) -> None:
    provenance = gml.read_model(gml.building()).tables["buildings"].provenance
    assert (provenance.date, provenance.attribution) == ("2024", "国土交通省 Project PLATEAU")
    assert provenance.licence == "CC BY 4.0 (PLATEAU site policy)"
