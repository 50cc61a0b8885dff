"""Roads and railways as surfaces: LOD1 in one piece, else the traffic areas of LOD2 and LOD3, each of its kind."""

from __future__ import annotations

from lxml import etree

from geodata.readers.plateau.attributes import leaves
from geodata.readers.plateau.collector import Collector
from geodata.readers.plateau.geometry import SurfaceFinder
from geodata.readers.plateau.namespaces import gml_id, local_name, namespace

_AREAS = frozenset({"TrafficArea", "AuxiliaryTrafficArea", "TrafficSpace", "AuxiliaryTrafficSpace", "Section", "Intersection"})
_AREA_KINDS = (
    ("歩道", "pavement"),
    ("自転車歩行者道", "pavement"),
    ("自転車道", "pavement"),
    ("軌道", "rail"),
    ("レール", "rail"),
    ("道床", "rail"),
    ("島", "other"),
    ("植栽", "other"),
    ("駐車場", "other"),
)


class Transport(Collector):
    """Collects ``Road``, ``Railway``, ``Square`` and ``Track`` objects into ``road_surfaces``."""

    table = "road_surfaces"
    objects = frozenset({"Road", "Railway", "Square", "Track", "TransportationComplex"})

    def add(self, element: etree._Element) -> None:
        """Take one road."""
        self.found += 1
        kind = {"Road": "carriageway", "TransportationComplex": "carriageway", "Railway": "rail"}.get(
            local_name(element.tag), "other"
        )
        codelists = self.file.codelists
        texts = {local_name(child.tag): codelists.text(child) for child in element if not len(child)}
        values = {"name": texts.get("name", ""), "function": texts.get("function", ""), **_width(leaves(element, codelists))}
        finder = SurfaceFinder(element)
        surfaces = {name: child for child in element if (name := local_name(child.tag)).startswith("lod")}
        for name in ("lod1MultiSurface", "lod0MultiSurface", "lod2MultiSurface", "lod3MultiSurface"):
            if name in surfaces:
                number = self.new_row(element, kind=kind, **values)
                for polygon in finder.polygons(surfaces[name]):
                    self.take_polygon(number, polygon)
                return
        areas = [
            area for area in element.iter("*") if local_name(area.tag) in _AREAS and "/transportation/" in namespace(area.tag)
        ]
        taken = False
        for area in areas:
            shapes = [child for child in area if local_name(child.tag).startswith("lod")]
            if not shapes:
                continue
            function = next((codelists.text(child) for child in area if local_name(child.tag) == "function"), "")
            number = self.new_row(
                element, kind=area_kind(function, kind), **{**values, "function": function or values["function"]}
            )
            self.rows[number]["id"] = gml_id(area) or f"{self.rows[number]['id']}/{len(self.rows)}"
            for polygon in finder.polygons(shapes[0]):
                taken |= bool(self.take_polygon(number, polygon))
        if not areas or not taken:
            self.tally.count("dropped", "road without a surface", example=gml_id(element))


def area_kind(function: str, otherwise: str) -> str:
    """Kind of a traffic area from the words of its function.

    Examples
    --------
    >>> area_kind("歩道部", "carriageway"), area_kind("車線", "carriageway"), area_kind("軌道敷", "carriageway")
    ('pavement', 'carriageway', 'rail')
    """
    return next((kind for word, kind in _AREA_KINDS if word in function), otherwise)


def _width(found: dict[str, str]) -> dict[str, str]:
    return {name: found[name] for name in ("width", "widthType", "numberOfLanes", "sectionType", "routeName") if name in found}
