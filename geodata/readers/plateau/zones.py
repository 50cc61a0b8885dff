"""Zones people plan by: use districts, fire districts, height districts, and the zones of landslide hazard."""

from __future__ import annotations

from lxml import etree

from geodata.readers.plateau.attributes import generic_attributes, leaves
from geodata.readers.plateau.collector import Collector
from geodata.readers.plateau.geometry import SurfaceFinder
from geodata.readers.plateau.namespaces import is_planning, local_name
from geodata.readers.plateau.risks import landslide_risk
from geodata.readers.plateau.source_file import SourceFile

_HAZARD = frozenset({"SedimentDisasterProneArea"})


class Zones(Collector):
    """Collects urban planning objects (urf) and landslide zones into ``areas``."""

    table = "areas"

    def takes(self, element: etree._Element, file: SourceFile) -> bool:
        """Every object of urf; generic city objects only from landslide files."""
        return is_planning(element.tag) or (local_name(element.tag) == "GenericCityObject" and file.theme == "lsld")

    def add(self, element: etree._Element) -> None:
        """Take one zone."""
        self.found += 1
        codelists = self.file.codelists
        kind = local_name(element.tag)
        if kind == "GenericCityObject":
            details = _generic_landslide(element)
            risk = landslide_risk(details.pop("区域区分", ""), details.pop("現象の種類", ""), codelists)
        else:
            details = leaves(element, codelists)
            risk = landslide_risk(details.get("areaType", ""), details.get("disasterType", ""), codelists)
        if kind == "GenericCityObject" or kind in _HAZARD:
            more = {"hazard": "landslide", "zone": risk.zone, "phenomenon": risk.phenomenon, **_plain(details)}
            number = self.new_row(element, kind="hazard_zone", name=risk.name or "土砂災害警戒区域", **more)
        else:
            words = next((details[key] for key in ("function", "usage", "class") if details.get(key)), "")
            own = next((codelists.text(child) for child in element if local_name(child.tag) == "name"), "")
            number = self.new_row(element, kind="zoning", name=own or words or kind, object=kind, **_plain(details))
        surface = next((child for child in element if local_name(child.tag).startswith("lod")), None)
        for polygon in SurfaceFinder(element).polygons(element if surface is None else surface):
            self.take_polygon(number, polygon)


def _generic_landslide(element: etree._Element) -> dict[str, str]:
    return {name: value for child in element for name, value, _ in generic_attributes(child) if value and value != "-"}


def _plain(details: dict[str, str]) -> dict[str, str]:
    """Details under names that no column of ours has."""
    return {(f"source_{name}" if name in {"id", "name", "kind", "geometry", "object", "hazard", "zone"} else name): text
            for name, text in details.items()}  # fmt: skip
