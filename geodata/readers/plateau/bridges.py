"""Bridges and tunnels as the area they cover, seen from above, with the elevation of the deck."""

from __future__ import annotations

import math
from statistics import median

from lxml import etree

from geodata.readers.plateau.collector import Collector
from geodata.readers.plateau.geometry import SurfaceFinder
from geodata.readers.plateau.namespaces import gml_id, local_name

_DECKS = frozenset({"OuterFloorSurface", "RoofSurface"})


class Bridges(Collector):
    """Collects ``Bridge`` and ``Tunnel`` objects into ``road_surfaces``, with ``deck_elevation`` as a further column."""

    table = "road_surfaces"
    objects = frozenset({"Bridge", "Tunnel"})

    def add(self, element: etree._Element) -> None:
        """Take one bridge or tunnel."""
        self.found += 1
        codelists = self.file.codelists
        texts = {local_name(child.tag): codelists.text(child) for child in element if not len(child)}
        number = self.new_row(element, kind=local_name(element.tag).lower(), name=texts.get("name", ""),
                              function=texts.get("function", ""), deck_elevation=math.nan)  # fmt: skip
        self.from_above.add(number)
        finder = SurfaceFinder(element)
        finder.check_links()
        for target in finder.unresolved:
            self.tally.count(
                "noted",
                "surface link that leads nowhere in its object (dangling xlink)",
                example=f"{gml_id(element)} → {target}",
            )
        heights: list[float] = []
        deck: list[float] = []
        for polygon in _lowest_detail(element, finder):
            seen = self.take_polygon(number, polygon)
            heights += seen
            if any(local_name(above.tag) in _DECKS for above in polygon.iterancestors()):
                deck += seen
        if deck:
            self.rows[number]["deck_elevation"] = float(median(deck))
            self.tally.mapped("deck_elevation", "the outer floor or roof surfaces")
        elif heights and max(heights) != 0:
            self.rows[number]["deck_elevation"] = max(heights)
            self.tally.mapped("deck_elevation", "the highest point of the solid")


def _lowest_detail(element: etree._Element, finder: SurfaceFinder) -> list[etree._Element]:
    """Polygons of the lowest level of detail from 1 up; of several properties of that level all."""
    levels: dict[str, list[etree._Element]] = {}
    for child in element.iter("*"):
        name = local_name(child.tag)
        if name.startswith("lod") and name[3:4].isdigit() and name[3] != "0":
            levels.setdefault(name[3], []).append(child)
    for level in sorted(levels):
        found = {id(polygon): polygon for surface in levels[level] for polygon in finder.polygons(surface)}
        if found:
            return list(found.values())
    return list(finder.polygons(element))
