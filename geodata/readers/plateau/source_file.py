"""One CityGML file being read: where it lies, what its coordinates mean, its code lists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from geodata.readers.plateau.codelists import Codelists
from geodata.readers.plateau.reference import SpatialReference, epsg_codes, spatial_reference
from geodata.readers.plateau.stream import Header
from geodata.report import ImportReport

THEMES = frozenset({
    "bldg", "tran", "rwy", "trk", "squr", "wwy", "luse", "fld", "tnm", "htd", "ifld", "rfld", "lsld", "urf", "brid", "tun",
    "cons", "frn", "unf", "ubld", "veg", "wtr", "dem", "app", "grp", "gen", "area", "ext",
})  # fmt: skip
FLOOD_THEMES = frozenset({"fld", "tnm", "htd", "ifld", "rfld"})
_NAMED = re.compile(r"^[0-9A-Za-z]+_([a-z]+)(?:_(\d{4}))?(?=_|\.|$)")


@dataclass(frozen=True)
class SourceFile:
    """A file with its header.

    Parameters
    ----------
    path
        The file.
    label
        What people know it by: the path below the folder or archive they gave.
    header
        What its head says.
    """

    path: Path
    label: str
    header: Header

    @cached_property
    def theme(self) -> str:
        """PLATEAU's word for what is in it ("bldg", "fld", …): from the folder below udx, else the file name, else ""."""
        parts = self.path.parts
        if "udx" in parts and parts.index("udx") + 2 < len(parts) and parts[parts.index("udx") + 1] in THEMES:
            return parts[parts.index("udx") + 1]
        found = _NAMED.match(self.path.name)
        if found and found.group(1) in THEMES:
            return found.group(1)
        return self.path.parent.name if self.path.parent.name in THEMES else ""

    @cached_property
    def reference(self) -> SpatialReference:
        """How its positions read."""
        names = self.header.srs_names
        return spatial_reference(names[0] if names else "", self.header.dimension, path=self.label)

    @cached_property
    def codelists(self) -> Codelists:
        """Its code lists."""
        return Codelists(self.path.parent)

    def note(self, report: ImportReport) -> None:
        """Report what is odd about its CRS."""
        names = self.header.srs_names
        codes = {code for name in names for code in epsg_codes(name)[:1]}
        named = _NAMED.match(self.path.name)
        if named and named.group(2) and codes and int(named.group(2)) not in codes:
            report.noted("files", "file named for EPSG:{named} declares EPSG:{declared}: the declaration was followed",
                         source=self.label, values={"named": named.group(2), "declared": min(codes)})  # fmt: skip
        if len(codes) > 1:
            report.noted("files", "file names several CRSs, {crs}: the first was followed", source=self.label,
                         values={"crs": ", ".join(f"EPSG:{code}" for code in sorted(codes))})  # fmt: skip
