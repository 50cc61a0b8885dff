"""Buildings and their risk records: one row per building, however many parts, files and records speak of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import geopandas
import numpy as np
import orjson
import pandas as pd
import shapely
from lxml import etree

from geodata.provenance import Provenance
from geodata.readers.digest import geometry_digests
from geodata.readers.plateau.building_record import BuildingRecord, read_building, surface_heights
from geodata.readers.plateau.collector import Collector
from geodata.readers.plateau.geometry import GeometryError, polygon_rings, united
from geodata.readers.plateau.namespaces import gml_id
from geodata.readers.plateau.risks import merged, row
from geodata.readers.plateau.source_file import SourceFile
from geodata.readers.plateau.stream import features
from geodata.readers.plateau.tally import Tally
from geodata.report import ImportReport
from geodata.source import Source, SourceTable, VerticalReference

NEAR = 50.0  # metres within which footprints of one buildingID are one building
LOWEST, HIGHEST = -500.0, 9000.0  # metres within which ground is believed
_TEXTS = ("name", "address", "use", "structure", "usage", "function", "class", "structure_text")
_NUMBERS = ("height", "floor_area")
_INTEGERS = ("storeys", "storeys_below", "year_built")
_TEXT_ORIGINS = {
    "id": "uro:buildingID, 建物ID or gml:id",
    "use": "bldg:usage",
    "structure": "uro:buildingStructureType",
    "address": "bldg:address",
    "name": "gml:name",
}
_NUMBER_ORIGINS = {
    "ground_elevation": "the solid's lowest point",
    "floor_area": "uro:totalFloorArea",
    "storeys": "bldg:storeysAboveGround",
    "storeys_below": "bldg:storeysBelowGround",
    "year_built": "bldg:yearOfConstruction",
}
_RISK_KEY = ["building_id", "hazard", "name", "scale", "authority"]


class Buildings(Collector):
    """Collects ``Building`` objects into the tables ``buildings`` and ``building_risks``."""

    table = "buildings"
    objects = frozenset({"Building"})

    def __init__(self, report: ImportReport) -> None:
        super().__init__(report)
        self.risk_tally = Tally("building_risks")
        self.risk_frames: list[pd.DataFrame] = []
        self.risk_rows: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.columns: dict[str, list[Any]] = {}
        self.unresolved: dict[int, list[str]] = {}
        self.kept = 0
        self.risks_found = 0

    def begin(self, file: SourceFile) -> None:
        """A file is opened."""
        super().begin(file)
        self.risk_rows, self.ids, self.unresolved = [], [], {}
        self.risks_found = 0
        self.columns = {
            name: []
            for name in (
                *_TEXTS,
                *_NUMBERS,
                *_INTEGERS,
                "gml_id",
                "lowest",
                "highest",
                "placeholder",
                "footprint_from",
                "attributes",
            )
        }

    def add(self, element: etree._Element) -> None:
        """Take one building."""
        self.found += 1
        record = read_building(element, self.file.codelists, self.tally, dimension=self.file.reference.dimension)
        number = len(self.ids)
        for rings in record.polygons:
            if not self.shapes.add(number, rings):
                self.tally.count("dropped", "polygon with fewer than three corners", example=record.name)
        if record.seen_from_above:
            self.from_above.add(number)
        if record.unresolved:
            self.unresolved[number] = record.unresolved
        if record.parts:
            self.tally.count("repaired", "building parts merged into their building", record.parts, example=record.name)
        self._append(record)
        self.risks_found += len(record.risks)
        risks = merged(record.risks, self.risk_tally, owner=record.name)
        self.risk_rows += [{"row": number, **row(risk)} for risk in risks]

    def _append(self, record: BuildingRecord) -> None:
        columns, known = self.columns, record.known
        self.ids.append(record.building_id or record.generic_id or record.gml_id)
        for name in _TEXTS:
            columns[name].append(known.get(name, ""))
        for name in _NUMBERS:
            columns[name].append(known.get(name, math.nan))
        for name in _INTEGERS:
            columns[name].append(known.get(name))
        columns["gml_id"].append(record.gml_id)
        columns["lowest"].append(record.lowest if math.isfinite(record.lowest) else math.nan)
        columns["highest"].append(record.highest if math.isfinite(record.highest) else math.nan)
        columns["placeholder"].append(record.placeholder)
        columns["footprint_from"].append(record.footprint_from)
        columns["attributes"].append(orjson.dumps(record.attributes).decode() if record.attributes else "")

    def end(self) -> None:
        """The file is read: links over the whole file, geometries, ground, heights."""
        if not self.found:
            return
        self.files.append(self.file)
        self._follow_links()
        shapes = self.shapes.geometries(len(self.ids), self.tally, self.ids, projected=frozenset(self.from_above))
        frame = pd.DataFrame({"id": self.ids, **self.columns})
        for name in _INTEGERS:
            frame[name] = pd.array(frame[name], dtype="Int64")
        self._name_the_nameless(frame, shapes)
        self._ground_and_height(frame)
        self._count_columns(frame)
        kept = ~shapely.is_missing(shapes)
        for name in frame.loc[~kept, "id"]:
            self.tally.count("dropped", "building without a usable geometry", example=name)
        renumbered = np.where(kept, np.cumsum(kept) - 1 + self.kept, -1)
        if kept.any():
            made = geopandas.GeoDataFrame(frame, geometry=shapes, crs=self.file.reference.crs)[kept]
            self._keep(made.assign(row=renumbered[kept]))
        self.kept += int(kept.sum())
        self.report.read("buildings", self.found, source=self.file.label)
        if self.risk_rows:
            risks = pd.DataFrame(self.risk_rows)
            self.report.read("building_risks", self.risks_found, source=self.file.label)
            risks["row"] = renumbered[risks["row"].to_numpy()]
            self.risk_tally.count("dropped", "risk record of a building without geometry", int((risks["row"] < 0).sum()))
            self.risk_frames.append(risks[risks["row"] >= 0])
        self.tally.hand_over(self.report, source=self.file.label)
        self.risk_tally.hand_over(self.report, source=self.file.label)
        self.columns, self.risk_rows, self.ids = {}, [], []

    def _follow_links(self) -> None:
        """Look through the whole file for links that led nowhere within their building."""
        wanted: dict[str, list[int]] = {}
        for number, targets in self.unresolved.items():
            for target in targets:
                wanted.setdefault(target, []).append(number)
        if not wanted:
            return
        for feature in features(self.file.path):
            for element in feature.iter("*"):
                numbers = wanted.pop(gml_id(element), None)
                if numbers is None:
                    continue
                self.tally.count("noted", "surface link that leads to another object of the file", len(numbers))
                self._borrow(element, [number for number in numbers if not self.columns["footprint_from"][number]])
        for target, numbers in wanted.items():
            self.tally.count("noted", "surface link that leads nowhere in the file (dangling xlink)", len(numbers),
                             example=f"{self.ids[numbers[0]]} → {target}")  # fmt: skip

    def _borrow(self, element: etree._Element, numbers: list[int]) -> None:
        """Give buildings without a footprint the surface of another object that their solid refers to."""
        polygons = list(element.iter("{*}Polygon", "{*}Triangle"))
        for number in numbers:
            for polygon in polygons:
                try:
                    self.shapes.add(number, polygon_rings(polygon, self.file.reference.dimension))
                except GeometryError as fault:
                    self.tally.count(
                        "dropped", "polygon left out: {reason}", values={"reason": str(fault)}, example=self.ids[number]
                    )
            self.from_above.add(number)
            heights = surface_heights(polygons)
            if heights:
                low, high = self.columns["lowest"], self.columns["highest"]
                low[number] = float(np.nanmin([*heights, low[number]]))
                high[number] = float(np.nanmax([*heights, high[number]]))

    def _name_the_nameless(self, frame: pd.DataFrame, shapes: Any) -> None:
        nameless = np.flatnonzero((frame["id"] == "") & ~shapely.is_missing(shapes))
        if len(nameless):
            frame.loc[nameless, "id"] = geometry_digests(shapes[nameless], geographic=self.file.reference.geographic)
            self.tally.count("repaired", "building without an id: named by its geometry", len(nameless))

    def _ground_and_height(self, frame: pd.DataFrame) -> None:
        heights = self.file.reference.heights
        ground = frame.pop("lowest")
        top = frame.pop("highest")
        self.tally.mapped("height", "bldg:measuredHeight", int(frame["height"].notna().sum()))
        derived = frame["height"].isna() & ((top - ground) > 0) & ((top - ground) <= 1000)
        placeholder = frame.pop("placeholder").astype(bool)
        self.tally.count(
            "defaulted",
            "height not given, and the solid is raised by a uniform value (一律値): unknown",
            int((derived & placeholder).sum()),
        )
        derived &= ~placeholder
        frame.loc[derived, "height"] = (top - ground)[derived]
        self.tally.count("defaulted", "height not given: taken from the extent of the solid", int(derived.sum()))
        if heights is None:
            self.tally.count("dropped", "ground elevation in a file whose CRS has no heights", int(ground.notna().sum()))
            ground = ground * math.nan
        absurd = (ground < LOWEST) | (ground > HIGHEST)
        self.tally.count("defaulted", "ground outside −500 to 9,000 m: unknown", int(absurd.sum()))
        ground = ground.mask(absurd)
        zero = ground == 0
        others = ground[~zero].dropna()
        # Whole files stand on 0 m when nobody gave them a ground; a single 0 amid hills is one more of those.
        if zero.any() and ((others.empty and len(ground) >= 3) or (len(others) >= 3 and others.quantile(0.05) > 1.0)):
            self.tally.count(
                "defaulted",
                "solid stands on exactly 0 m, unlike its neighbours or like all of them: ground unknown",
                int(zero.sum()),
            )
            ground = ground.mask(zero)
        frame["ground_elevation"] = ground

    def _count_columns(self, frame: pd.DataFrame) -> None:
        for column, origin in _TEXT_ORIGINS.items():
            self.tally.mapped(column, origin, int((frame[column] != "").sum()))
        for column, origin in _NUMBER_ORIGINS.items():
            self.tally.mapped(column, origin, int(frame[column].notna().sum()))
        for origin, number in frame["footprint_from"].value_counts().items():
            if origin:
                self.tally.mapped("geometry", str(origin), int(number))
        unread = frame.loc[(frame["usage"] != "") & (frame["use"] == ""), "usage"]
        for usage, number in unread.value_counts().items():
            self.tally.count("defaulted", "usage {usage}: use unknown", int(number), values={"usage": usage})

    def sources(self, provenance: Callable[[list[SourceFile]], Provenance]) -> list[Source]:
        """The table of buildings (one per CRS) and the table of their risk records."""
        made: list[Source] = []
        names: dict[int, str] = {}
        mixed: set[str] = set()
        for (_, heights), frames in self.frames.items():
            frame = pd.concat(frames, ignore_index=True)
            frame = self._one_row_each(frame, names, mixed)
            made.append(
                SourceTable("buildings", frame.drop(columns="row"), provenance(self.files), heights or VerticalReference())
            )
        if self.risk_frames:
            risks = pd.concat(self.risk_frames, ignore_index=True)
            risks.insert(0, "building_id", risks.pop("row").map(names))
            made.append(SourceTable("building_risks", self._distinct(risks, mixed), provenance(self.files)))
        self.tally.hand_over(self.report, source="")
        self.risk_tally.hand_over(self.report, source="")
        return made

    def _one_row_each(self, frame: pd.DataFrame, names: dict[int, str], mixed: set[str]) -> pd.DataFrame:
        """Merge rows of one id; ``names`` gets the final id of every row number, ``mixed`` the ids that were merged."""
        repeated = frame["id"].duplicated(keep=False)
        names.update(zip(frame["row"].tolist(), frame["id"].tolist(), strict=True))
        if not repeated.any():
            return frame
        near = NEAR * (1e-5 if frame.crs.is_geographic else 1.0)
        lost: list[int] = []
        for name, group in frame[repeated].groupby("id", sort=False):
            first = group.index[0]
            together = [first]
            for other in group.index[1:]:
                if shapely.distance(frame.geometry[first], frame.geometry[other]) <= near:
                    together.append(other)
                    continue
                renamed = f"{name}#{frame.loc[other, 'gml_id'] or other}"
                self.tally.count("repaired", "buildingID of two buildings far apart: the later one renamed", example=renamed)
                frame.loc[other, "id"] = renamed
                names[int(frame.loc[other, "row"])] = renamed
            if len(together) > 1:
                mixed.add(str(name))
                lost += together[1:]
                self._merge(frame, together)
        return frame.drop(index=lost).reset_index(drop=True)

    def _merge(self, frame: pd.DataFrame, together: list[int]) -> None:
        first, others = together[0], together[1:]
        shapes = [frame.geometry[index] for index in together]
        name = frame.loc[first, "id"]
        if all(shape.equals_exact(shapes[0], 0) for shape in shapes[1:]):
            self.tally.count("dropped", "exact repeat of a building", len(others), example=name)
        else:
            self.tally.count(
                "repaired", "objects that share one buildingID merged into one building", len(others), example=name
            )
            frame.loc[[first], "geometry"] = geopandas.GeoSeries([united(shapes)], index=[first], crs=frame.crs)
        group = frame.loc[together]
        for column in ("height", "storeys", "storeys_below", "floor_area"):
            frame.loc[first, column] = group[column].max()
        frame.loc[first, "ground_elevation"] = group["ground_elevation"].min()
        for column in _TEXTS:
            known = group.loc[group[column] != "", column]
            frame.loc[first, column] = known.iloc[0] if len(known) else ""
        built = group["year_built"].dropna()
        frame.loc[first, "year_built"] = built.min() if len(built) else pd.NA

    def _distinct(self, risks: pd.DataFrame, mixed: set[str]) -> pd.DataFrame:
        """After buildings were merged, again one record per key, the deepest."""
        risks["rank"] = pd.array(risks["rank"], dtype="Int64")
        if not mixed:
            return risks
        touched = risks["building_id"].isin(mixed)
        group = risks[touched]
        exact = group.duplicated()
        self.risk_tally.count("repaired", "exact duplicate of a risk record merged", int(exact.sum()))
        group = group[~exact].sort_values(["depth_high", "depth"], kind="stable", na_position="first")
        milder = group.duplicated(_RISK_KEY, keep="last")
        self.risk_tally.count("dropped", "risk record of the same river and scale that is less deep", int(milder.sum()))
        return pd.concat([risks[~touched], group[~milder].sort_index()], ignore_index=True)
