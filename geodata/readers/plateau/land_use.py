"""Land use: one row per patch, of our kinds, with the words of the source kept."""

from __future__ import annotations

from lxml import etree

from geodata.readers.plateau.attributes import leaves
from geodata.readers.plateau.collector import Collector
from geodata.readers.plateau.geometry import SurfaceFinder
from geodata.readers.plateau.namespaces import local_name
from geodata.readers.plateau.uses import land_use_kind


class LandUse(Collector):
    """Collects ``LandUse`` objects into ``land_use``."""

    table = "land_use"
    objects = frozenset({"LandUse"})

    def add(self, element: etree._Element) -> None:
        """Take one patch of land."""
        self.found += 1
        codelists = self.file.codelists
        words = {local_name(child.tag): codelists.text(child) for child in element if not len(child) and child.text}
        text = words.get("class") or words.get("usage") or words.get("function") or ""
        details = leaves(element, codelists)
        kind = land_use_kind(text) or land_use_kind(details.get("orgLandUse", ""))
        if not kind and not text and "_park" in self.file.path.stem:
            kind = "park"
            self.tally.count("defaulted", "no class given: park, as the file's name says")
        elif not kind:
            self.tally.count("defaulted", "land use {words}: kind unknown", values={"words": text or "not given"})
        number = self.new_row(element, kind=kind, land_use=text, survey_year=details.get("surveyYear", ""))
        finder = SurfaceFinder(element)
        surface = next((child for child in element if local_name(child.tag).startswith(("lod1", "lod0"))), None)
        for polygon in finder.polygons(element if surface is None else surface):
            self.take_polygon(number, polygon)
