"""What every theme does alike: gather rows and polygons of one file, make a frame of them, hand over one table per CRS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely
from lxml import etree

from geodata.provenance import Provenance
from geodata.readers.plateau.geometry import GeometryError, ShapeBuffer, polygon_rings
from geodata.readers.plateau.namespaces import gml_id, local_name
from geodata.readers.plateau.source_file import SourceFile
from geodata.readers.plateau.tally import Tally
from geodata.report import ImportReport
from geodata.source import Source, SourceTable, VerticalReference


class Collector:
    """Base of the themes with one polygonal row per city object.

    Subclasses name their ``table`` and the city objects they take, and turn one object into a row.
    """

    table = ""
    objects: frozenset[str] = frozenset()

    def __init__(self, report: ImportReport) -> None:
        self.report = report
        self.tally = Tally(self.table)
        self.frames: dict[tuple[str, VerticalReference | None], list[pd.DataFrame]] = {}
        self.files: list[SourceFile] = []
        self.file: SourceFile
        self.rows: list[dict[str, Any]] = []
        self.shapes: ShapeBuffer
        self.from_above: set[int] = set()
        self.found = 0

    @property
    def drains(self) -> Mapping[str, Callable[[etree._Element], None]]:
        """City objects whose polygons are taken while they stream by."""
        return {}

    def takes(self, element: etree._Element, file: SourceFile) -> bool:
        """Whether a city object is this theme's."""
        del file
        return local_name(element.tag) in self.objects

    def begin(self, file: SourceFile) -> None:
        """A file is opened."""
        self.file, self.rows, self.found = file, [], 0
        self.shapes = ShapeBuffer(file.reference)
        self.from_above = set()

    def add(self, element: etree._Element) -> None:
        """Take one city object."""
        raise NotImplementedError

    def end(self) -> None:
        """The file is read: make its frame, report its counts."""
        if not self.found:
            return
        self.files.append(self.file)
        names = [str(row["id"]) for row in self.rows]
        shapes = self.shapes.geometries(len(self.rows), self.tally, names, projected=frozenset(self.from_above))
        missing = shapely.is_missing(shapes)
        for number in np.flatnonzero(missing):
            self.tally.count("dropped", "element without a usable surface", example=names[number])
        if self.rows and not missing.all():
            frame = geopandas.GeoDataFrame(pd.DataFrame(self.rows), geometry=shapes, crs=self.file.reference.crs)
            self._keep(frame[~missing])
        self.report.read(self.table, self.found, source=self.file.label)
        self.tally.hand_over(self.report, source=self.file.label)

    def _keep(self, frame: pd.DataFrame) -> None:
        key = (self.file.reference.crs, self.file.reference.heights)
        self.frames.setdefault(key, []).append(frame)

    def sources(self, provenance: Callable[[list[SourceFile]], Provenance]) -> list[Source]:
        """One table per CRS and height reference met."""
        made: list[Source] = []
        for (_, heights), frames in self.frames.items():
            frame = pd.concat(frames, ignore_index=True)
            frame = self._without_repeats(frame)
            made.append(SourceTable(self.table, frame, provenance(self.files), heights))
        self.tally.hand_over(self.report, source="")
        return made

    def _without_repeats(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Objects on the edge of a map sheet stand in both files: one is kept; a different one of equal id is renamed."""
        repeated = frame["id"].duplicated()
        if not repeated.any():
            return frame
        same = pd.Series(shapely.to_wkb(frame.geometry.to_numpy()), index=frame.index)
        exact = repeated & pd.DataFrame({"id": frame["id"], "shape": same}).duplicated()
        for name in frame.loc[exact, "id"].head(5):
            self.tally.count("dropped", "exact repeat of an element", 0, example=name)
        self.tally.count("dropped", "exact repeat of an element", int(exact.sum()))
        frame = frame[~exact].reset_index(drop=True)
        number = frame.groupby("id").cumcount()
        other = number > 0
        if other.any():
            self.tally.count(
                "repaired",
                "id used twice: the later one renamed",
                int(other.sum()),
                example=str(frame.loc[other, "id"].iloc[0]),
            )
            frame.loc[other, "id"] = frame.loc[other, "id"] + "#" + (number[other] + 1).astype(str)
        return frame

    def new_row(self, element: etree._Element, **values: Any) -> int:
        """Append a row with the object's gml:id and return its number."""
        identity = gml_id(element) or f"{self.file.label}#{self.found}"
        self.rows.append({"id": identity, **values})
        return len(self.rows) - 1

    def take_polygon(self, number: int, polygon: etree._Element) -> list[float]:
        """Add one polygon to a row and return the heights of its shell; [] when it cannot be used."""
        try:
            rings = polygon_rings(polygon, self.file.reference.dimension)
        except GeometryError as fault:
            self.tally.count("dropped", "polygon left out: {reason}", values={"reason": str(fault)},
                             example=str(self.rows[number]["id"]) if number < len(self.rows) else "")  # fmt: skip
            return []
        if not rings or not self.shapes.add(number, rings):
            return []
        shell, stride = rings[0]
        return shell[2::3] if stride == 3 else []
