"""Water bodies: rivers and lakes as they normally stand, and the flood surfaces of hazard maps, told apart."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from lxml import etree

from geodata.provenance import Provenance
from geodata.readers.plateau.attributes import generic_attributes, is_generic, number, set_name
from geodata.readers.plateau.collector import Collector
from geodata.readers.plateau.geometry import GeometryError, ShapeBuffer, polygon_rings
from geodata.readers.plateau.namespaces import gml_id, local_name
from geodata.readers.plateau.risks import (
    Risk,
    flood_risk,
    hazard_of,
    is_risk,
    rank_interval,
    rank_lists,
    read_generic_risk,
    read_risk,
    row,
    scale_of,
)
from geodata.readers.plateau.source_file import FLOOD_THEMES, SourceFile
from geodata.readers.plateau.tally import Tally
from geodata.readers.plateau.uses import water_kind
from geodata.report import ImportReport
from geodata.source import Source

_THEME_HAZARD = {"fld": "river_flood", "tnm": "tsunami", "htd": "high_tide", "ifld": "inland_flood", "rfld": "reservoir"}
_AUTHORITY = {"natl": "国", "pref": "都道府県"}


class _Surfaces(Collector):
    """Rows and polygons of one of the two tables that water bodies go to."""

    def put(self, element: etree._Element, polygons: ShapeBuffer | None, **values: Any) -> None:
        """Append one water body."""
        self.found += 1
        number = self.new_row(element, **values)
        if polygons is not None:
            self.shapes.absorb(number, polygons)


class Water(Collector):
    """Collects ``WaterBody`` objects into ``water`` and ``flood_polygons``.

    Their polygons are taken while they stream by: one flood surface may be a million triangles.
    """

    table = "water"
    objects = frozenset({"WaterBody", "GenericWaterBody"})

    def __init__(self, report: ImportReport) -> None:
        super().__init__(report)
        self.bodies = _Surfaces(report)
        self.bodies.table, self.bodies.tally = "water", Tally("water")
        self.floods = _Surfaces(report)
        self.floods.table, self.floods.tally = "flood_polygons", Tally("flood_polygons")
        self.levels: dict[str, tuple[ShapeBuffer, array[float]]] = {}

    @property
    def drains(self) -> Mapping[str, Callable[[etree._Element], None]]:
        """Polygons of water bodies are taken one by one."""
        return {"WaterBody": self._drain}

    def begin(self, file: SourceFile) -> None:
        """A file is opened."""
        super().begin(file)
        self.bodies.begin(file)
        self.floods.begin(file)
        self.levels = {}

    def _drain(self, polygon: etree._Element) -> None:
        if local_name(polygon.tag) == "MultiPoint":
            return
        level = next(
            (local_name(above.tag)[3:4] for above in polygon.iterancestors() if local_name(above.tag).startswith("lod")), ""
        )
        try:
            rings = polygon_rings(polygon, self.file.reference.dimension)
        except GeometryError as fault:
            self.bodies.tally.count("dropped", "polygon left out: {reason}", values={"reason": str(fault)})
            return
        if not rings:
            return
        if level not in self.levels:
            self.levels[level] = ShapeBuffer(self.file.reference), array("d")
        polygons, heights = self.levels[level]
        polygons.add(0, rings)
        shell, stride = rings[0]
        if stride == 3:
            heights.extend(array("d", shell[2::3]))

    def add(self, element: etree._Element) -> None:
        """Take one water body, whose polygons have streamed by."""
        levels, self.levels = self.levels, {}
        level = next((name for name in ("1", "2", "3", "4", "0", "") if name in levels), "")
        polygons, heights = levels.get(level, (None, array("d")))
        elevation = _level(heights) if level != "0" else math.nan
        codelists = self.file.codelists
        texts = {local_name(child.tag): codelists.text(child) for child in element if not len(child)}
        risk = self._risk(element, texts)
        if risk is not None:
            if risk.rank is None and risk.depth_low is None:
                self.floods.tally.count(
                    "noted", "flood surface without a rank or depth: kept, depth unknown", example=gml_id(element)
                )
            columns = {name: value for name, value in row(risk).items() if name not in {"zone", "phenomenon", "depth"}}
            self.floods.put(element, polygons, **columns, level=elevation)
            return
        words = texts.get("class") or texts.get("function") or ""
        kind = water_kind(words)
        if not kind:
            self.bodies.tally.count("defaulted", "water body {words}: kind unknown", values={"words": words or "not given"})
        if math.isnan(elevation):
            self.bodies.tally.count("defaulted", "water level not given (no height, or 0): unknown", example=gml_id(element))
        else:
            self.bodies.tally.mapped("level", "the median height of the surface")
        self.bodies.put(element, polygons, name=texts.get("name", ""), kind=kind, level=elevation, water_class=words)

    def _risk(self, element: etree._Element, texts: dict[str, str]) -> Risk | None:
        codelists, tally, owner = self.file.codelists, self.floods.tally, gml_id(element)
        for child in element.iter("*"):
            if is_risk(child) and (risk := read_risk(child, codelists, tally, owner=owner)):
                return self._placed(risk)
            named = local_name(child.tag) == "genericAttributeSet" and hazard_of(set_name(child))
            if named and (risk := read_generic_risk(child, codelists, tally, owner=owner)) is not None:
                return self._placed(risk)
        values = {name: value for child in element if is_generic(child) for name, value, _ in generic_attributes(child)}
        flood = self.file.theme in FLOOD_THEMES or "浸水" in texts.get("function", "") or any("浸水" in name for name in values)
        return self._placed(self._named(texts, values)) if flood else None

    def _named(self, texts: dict[str, str], values: dict[str, str]) -> Risk:
        """A flood surface of i-UR 1.4: its rank and depth stand in plain generic attributes."""
        words = " ".join((texts.get("name", ""), texts.get("function", ""), *values))
        hazard = _THEME_HAZARD.get(self.file.theme) or hazard_of(words) or "river_flood"
        rank = next((values[name] for name in ("浸水ランク", "浸水ランクコード") if values.get(name)), "")
        if rank and rank_interval(rank) is None:
            rank = self.file.codelists.lookup(rank, *rank_lists(hazard))
        depth = number(values.get("浸水深"))
        known = None if depth is None or math.isnan(depth) else depth
        scale, texts_of_rank = scale_of(values.get("規模", "")), [rank] if rank else []
        return flood_risk(hazard, texts.get("name", ""), scale, "", texts_of_rank, depth=known, tally=self.floods.tally)

    def _placed(self, risk: Risk) -> Risk:
        """Fill river, scale and authority from udx/fld/natl/<river>/…_l2_op.gml where the record is silent."""
        parts = self.file.path.parts
        stem = f"_{self.file.path.stem.lower()}_"
        scale = risk.scale or next((name.upper() for name in ("l1", "l2") if f"_{name}_" in stem), "")
        name, authority = risk.name, risk.authority
        if self.file.theme in parts[:-1]:
            below = parts[parts.index(self.file.theme) + 1 : -1]
            authority = authority or next((_AUTHORITY[part] for part in below if part in _AUTHORITY), "")
            name = name or next((part for part in reversed(below) if part not in _AUTHORITY), "")
        return Risk(risk.hazard, name, scale, authority, risk.rank, risk.depth, risk.depth_low, risk.depth_high, risk.duration)

    def end(self) -> None:
        """The file is read."""
        self.bodies.end()
        self.floods.end()

    def sources(self, provenance: Callable[[list[SourceFile]], Provenance]) -> list[Source]:
        """The tables ``water`` and ``flood_polygons``, where there are any."""
        made = [*self.bodies.sources(provenance), *self.floods.sources(provenance)]
        for source in made:
            frame = getattr(source, "frame", None)
            if isinstance(frame, pd.DataFrame) and "rank" in frame:
                frame["rank"] = pd.array(frame["rank"], dtype="Int64")
        return made


def _level(corners: array[float]) -> float:
    """The median height of all corners, NaN where there are none, all are 0, or it is absurd."""
    heights = np.frombuffer(corners) if corners else np.zeros(0)
    heights = heights[np.isfinite(heights)]
    if not heights.any():
        return math.nan
    level = float(np.median(heights))
    return level if -500 <= level <= 9000 else math.nan
