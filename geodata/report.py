"""The import report: what was read, mapped, defaulted, repaired, dropped, why and how often. Nothing vanishes silently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Deed = Literal["read", "mapped", "defaulted", "repaired", "dropped", "noted"]
DEEDS: tuple[Deed, ...] = ("read", "mapped", "defaulted", "repaired", "dropped", "noted")
EXAMPLES_KEPT = 5


@dataclass
class ReportLine:
    """One thing that happened to one layer, counted.

    ``what`` is a sentence template with ``{placeholders}`` filled from ``values``, so that it can be translated.
    """

    deed: Deed
    layer: str
    what: str
    count: int
    source: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.what.format(**self.values) if self.values else self.what


@dataclass
class ImportReport:
    """Collects report lines while readers work; equal lines are added up.

    Examples
    --------
    >>> report = ImportReport()
    >>> report.read("buildings", 242, source="bldg.gml")
    >>> report.dropped("buildings", "height {value} is a sentinel", 3, values={"value": -9999}, examples=["b1"])
    >>> report.totals("dropped")
    {'buildings': 3}
    >>> report.lines[1].text
    'height -9999 is a sentinel'
    """

    lines: list[ReportLine] = field(default_factory=list)

    def add(
        self,
        deed: Deed,
        layer: str,
        what: str,
        count: int = 1,
        *,
        source: str = "",
        values: Mapping[str, Any] | None = None,
        examples: Iterable[str] = (),
    ) -> None:
        """Add one line, or its count to an equal line that is there already. A count of 0 adds nothing, unless read."""
        if count == 0 and deed != "read":
            return
        filled = dict(values or {})
        for line in self.lines:
            if (line.deed, line.layer, line.what, line.source, line.values) == (deed, layer, what, source, filled):
                line.count += int(count)
                break
        else:
            line = ReportLine(deed, layer, what, int(count), source, filled)
            self.lines.append(line)
        for example in examples:
            if len(line.examples) >= EXAMPLES_KEPT:
                break
            line.examples.append(str(example))

    def read(self, layer: str, count: int, *, source: str = "") -> None:
        """So many elements of a layer were found in a source, before anything was dropped."""
        self.add("read", layer, "elements found", count, source=source)

    def mapped(self, layer: str, column: str, origin: str, count: int, *, source: str = "") -> None:
        """A column of ours was filled from a column, tag or element of the source."""
        self.add("mapped", layer, "{column} from {origin}", count, source=source, values={"column": column, "origin": origin})

    def defaulted(self, layer: str, what: str, count: int, **details: Any) -> None:
        """A value was missing or unusable and was set to unknown or to a stated default."""
        self.add("defaulted", layer, what, count, **details)

    def repaired(self, layer: str, what: str, count: int, **details: Any) -> None:
        """An element was kept, changed: an invalid polygon made valid, a duplicate id renamed."""
        self.add("repaired", layer, what, count, **details)

    def dropped(self, layer: str, what: str, count: int, **details: Any) -> None:
        """An element, or a value, was left out; ``what`` says why."""
        self.add("dropped", layer, what, count, **details)

    def noted(self, layer: str, what: str, count: int = 1, **details: Any) -> None:
        """Something a careful reader must know, though nothing was changed."""
        self.add("noted", layer, what, count, **details)

    def totals(self, deed: Deed) -> dict[str, int]:
        """Counts of one deed by layer."""
        totals: dict[str, int] = {}
        for line in self.lines:
            if line.deed == deed:
                totals[line.layer] = totals.get(line.layer, 0) + line.count
        return totals

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"lines": [vars(line) for line in self.lines]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ImportReport:
        """Read what `to_dict` wrote."""
        return cls([ReportLine(**line) for line in values.get("lines", ())])
