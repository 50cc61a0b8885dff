# ruff: noqa: E501  (XML is easier to read in one piece)
"""Small CityGML files written by hand, so that every expected value can be checked by eye."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from geodata.readers.plateau import read_plateau
from geodata.report import ImportReport
from geodata.source import SourceRaster, SourceTable

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
LATITUDE, LONGITUDE = 35.0, 139.0
STEP = 0.0001  # about 10 m


@dataclass
class Reading:
    """What a file gave."""

    tables: dict[str, SourceTable] = field(default_factory=dict)
    rasters: list[SourceRaster] = field(default_factory=list)
    report: ImportReport = field(default_factory=ImportReport)

    def frame(self, table: str) -> Any:
        return self.tables[table].frame

    def said(self, deed: str, words: str) -> int:
        """How often the report says something."""
        return sum(line.count for line in self.report.lines if line.deed == deed and words in line.text)


class GmlWriter:
    """Writes members into a CityModel of the wanted versions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ring(self, row: int = 0, column: int = 0, z: float | None = 0.0, *, size: float = 1.0, swapped: bool = False) -> str:
        """Corners of a square, latitude first."""
        south, west = LATITUDE + row * STEP, LONGITUDE + column * STEP
        side = size * STEP
        corners = [(south, west), (south, west + side), (south + side, west + side), (south + side, west), (south, west)]
        height = "" if z is None else f" {z}"
        return " ".join(f"{b:.7f} {a:.7f}{height}" if swapped else f"{a:.7f} {b:.7f}{height}" for a, b in corners)

    def polygon(self, shell: str, *holes: str, identity: str = "") -> str:
        name = f' gml:id="{identity}"' if identity else ""
        inside = "".join(
            f"<gml:interior><gml:LinearRing><gml:posList>{hole}</gml:posList></gml:LinearRing></gml:interior>" for hole in holes
        )
        shape = f"<gml:exterior><gml:LinearRing><gml:posList>{shell}</gml:posList></gml:LinearRing></gml:exterior>"
        return f"<gml:Polygon{name}>{shape}{inside}</gml:Polygon>"

    def surface(self, *polygons: str) -> str:
        members = "".join(f"<gml:surfaceMember>{polygon}</gml:surfaceMember>" for polygon in polygons)
        return f"<gml:MultiSurface>{members}</gml:MultiSurface>"

    def block(self, bottom: float, top: float, *, row: int = 0, column: int = 0) -> str:
        """A solid over a square: floor, roof and one wall."""
        south, west = LATITUDE + row * STEP, LONGITUDE + column * STEP
        wall = f"{south} {west} {bottom} {south} {west + STEP} {bottom} {south} {west + STEP} {top} {south} {west} {top} {south} {west} {bottom}"
        faces = (self.ring(row, column, bottom), self.ring(row, column, top), wall)
        members = "".join(f"<gml:surfaceMember>{self.polygon(face)}</gml:surfaceMember>" for face in faces)
        return f"<gml:Solid><gml:exterior><gml:CompositeSurface>{members}</gml:CompositeSurface></gml:exterior></gml:Solid>"

    def building(
        self, inside: str = "", *, identity: str = "b1", footprint: str | None = None, row: int = 0, column: int = 0
    ) -> str:
        shape = self.surface(self.polygon(self.ring(row, column))) if footprint is None else footprint
        roof = f"<bldg:lod0RoofEdge>{shape}</bldg:lod0RoofEdge>" if shape else ""
        return f'<bldg:Building gml:id="{identity}">{roof}{inside}</bldg:Building>'

    def building_id(self, name: str) -> str:
        return f"<uro:buildingIDAttribute><uro:BuildingIDAttribute><uro:buildingID>{name}</uro:buildingID></uro:BuildingIDAttribute></uro:buildingIDAttribute>"

    def model(
        self, *members: str, uro: str = "3.1", citygml: str = "2.0", srs: str | None = EPSG + "6697", head: str = ""
    ) -> str:
        gml = "http://www.opengis.net/gml" + ("/3.2" if citygml == "3.0" else "")
        envelope = f'<gml:boundedBy><gml:Envelope srsName="{srs}" srsDimension="3"/></gml:boundedBy>' if srs else ""
        iur = (
            "https://www.geospatial.jp/iur"
            if uro >= "2.0"
            else "http://www.kantei.go.jp/jp/singi/tiiki/toshisaisei/itoshisaisei/iur"
        )
        modules = {"bldg": "building", "tran": "transportation", "wtr": "waterbody", "luse": "landuse", "dem": "relief",
                   "gen": "generics", "brid": "bridge", "con": "construction", "frn": "cityfurniture"}  # fmt: skip
        names = " ".join(
            f'xmlns:{prefix}="http://www.opengis.net/citygml/{name}/{citygml}"' for prefix, name in modules.items()
        )
        body = "".join(f"<core:cityObjectMember>{member}</core:cityObjectMember>" for member in members)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>{head}<core:CityModel xmlns:core="http://www.opengis.net/citygml/{citygml}" '
            f'xmlns:gml="{gml}" xmlns:uro="{iur}/uro/{uro}" xmlns:urf="{iur}/urf/{uro}" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f"{names}>{envelope}{body}</core:CityModel>"
        )

    def write(self, text: str, name: str = "udx/bldg/53394525_bldg_6697_op.gml", *, mark: bool = False) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8-sig" if mark else "utf-8")
        return path

    def codelist(self, name: str, entries: dict[str, str], folder: str = "codelists") -> None:
        inside = "".join(
            f"<gml:dictionaryEntry><gml:Definition><gml:description>{text}</gml:description><gml:name>{code}</gml:name>"
            "</gml:Definition></gml:dictionaryEntry>"
            for code, text in entries.items()
        )
        text = f'<?xml version="1.0"?><gml:Dictionary xmlns:gml="http://www.opengis.net/gml"><gml:name>{name}</gml:name>{inside}</gml:Dictionary>'
        self.write(text, f"{folder}/{name}.xml", mark=True)

    def read(self, path: Path, **options: Any) -> Reading:
        reading = Reading()
        for source in read_plateau(path, report=reading.report, **options):
            if isinstance(source, SourceTable):
                assert source.table not in reading.tables, "one CRS gives one table"
                reading.tables[source.table] = source
            else:
                reading.rasters.append(source)
        return reading

    def read_model(self, *members: str, **options: Any) -> Reading:
        return self.read(self.write(self.model(*members, **options)))


@pytest.fixture
def gml(tmp_path: Path) -> GmlWriter:
    return GmlWriter(tmp_path / "12345_kawabe-shi_city_2024_citygml_1_op")
