"""Counts of what happens to single elements, added up before they go to the import report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geodata.report import EXAMPLES_KEPT, Deed, ImportReport


class Tally:
    """Counts deeds by sentence while millions of elements pass, then hands the sums to the report.

    Examples
    --------
    >>> report = ImportReport()
    >>> tally = Tally("buildings")
    >>> for name in ("b1", "b2"):
    ...     tally.count("defaulted", "height is not a number: unknown", example=name)
    >>> tally.hand_over(report, source="town.gml")
    >>> report.lines[0].count, report.lines[0].examples
    (2, ['b1', 'b2'])
    """

    def __init__(self, layer: str) -> None:
        self.layer = layer
        self._counts: dict[tuple[Deed, str, tuple[tuple[str, Any], ...]], int] = {}
        self._examples: dict[tuple[Deed, str, tuple[tuple[str, Any], ...]], list[str]] = {}

    def count(
        self, deed: Deed, what: str, number: int = 1, *, example: str = "", values: Mapping[str, Any] | None = None
    ) -> None:
        """Add to the count of one sentence; ``example`` names the element."""
        key = (deed, what, tuple(values.items()) if values else ())
        self._counts[key] = self._counts.get(key, 0) + number
        if example:
            shown = self._examples.setdefault(key, [])
            if len(shown) < EXAMPLES_KEPT and example not in shown:
                shown.append(example)

    def mapped(self, column: str, origin: str, number: int = 1) -> None:
        """A column of ours was filled from an element of the source."""
        self.count("mapped", "{column} from {origin}", number, values={"column": column, "origin": origin})

    def hand_over(self, report: ImportReport, *, source: str) -> None:
        """Write the sums into the report and start again from zero."""
        for key, number in self._counts.items():
            deed, what, values = key
            report.add(deed, self.layer, what, number, source=source, values=dict(values), examples=self._examples.get(key, ()))
        self._counts.clear()
        self._examples.clear()
