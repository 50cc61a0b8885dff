"""What a command says: one JSON object or a few lines on stdout; progress on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

if TYPE_CHECKING:
    from pathlib import Path

    from geodata.migrations import Document

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


def say(result: dict[str, Any], *, as_json: bool, lines: Callable[[dict[str, Any]], list[str]]) -> None:
    """Print the result of a command: the object itself, or lines for people."""
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, default=str))
    else:
        for line in lines(result):
            click.echo(line)


class ProgressBar:
    """A bar on stderr for each stage of long work; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._stage = ""
        self._bar: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is; total 0 = not known."""
        if stage != self._stage:
            from tqdm import tqdm

            self._close()
            self._stage = stage
            self._bar = tqdm(desc=stage, total=total or None, disable=None, leave=False, mininterval=0.2)
        if self._bar is not None and not self._bar.disable:
            self._bar.total = total or None
            self._bar.n = done
            self._bar.refresh()

    def _close(self) -> None:
        if self._bar is not None:
            with suppress(OSError):
                self._bar.close()
            self._bar = None


def summary(path: Path) -> dict[str, Any]:
    """What ``info --json`` says of a city package, without loading a layer."""
    from geodata.package import open_city, read_document, read_report
    from geodata.report import DEEDS

    city = open_city(path)
    document = read_document(path)
    report = read_report(path)
    return {
        "name": city.name,
        "path": str(path),
        "crs": city.grid.crs,
        "bounds_wgs84": [round(value, 7) for value in city.grid.bounds_wgs84],
        "fingerprint": city.fingerprint,
        "fictional": city.fictional,
        "time_zone": city.time_zone,
        "heights": document["heights"],
        "grid": {"cell": city.grid.cell, "rows": city.grid.rows, "columns": city.grid.columns},
        "layers": _layers(document),
        "rasters": {name: {"shape": entry["shape"]} for name, entry in sorted(document["rasters"].items())},
        "hazard_maps": {
            each.id: {"name": each.name, "hazard": each.hazard, "scale": each.scale, "kind": each.kind}
            for each in city.hazard_maps.values()
        },
        "import": {deed: report.totals(deed) for deed in DEEDS},
    }


def _layers(document: Document) -> dict[str, dict[str, Any]]:
    layers = {}
    for name, entry in sorted(document["tables"].items()):
        origin = document["provenance"].get(name, {})
        told = {key: origin.get(key, "") for key in ("source", "licence", "attribution", "date")}
        layers[name] = {"count": entry["count"], **told}
    return layers


def summary_lines(result: dict[str, Any]) -> list[str]:
    """The same for people."""
    fictional = " (fictional: made-up data)" if result["fictional"] else ""
    west, south, east, north = result["bounds_wgs84"]
    lines = [
        f"{result['name']}{fictional}",
        f"  {result['crs']}, {west:.4f} to {east:.4f} E, {south:.4f} to {north:.4f} N, {result['time_zone']}",
        f"  grid {result['grid']['rows']} × {result['grid']['columns']} cells of {result['grid']['cell']:g} m",
        f"  heights above {result['heights']['datum'] or 'a datum that is not stated'}",
    ]
    lines += [f"  {name}: {entry['count']:,}" for name, entry in result["layers"].items()]
    lines += [
        f"  hazard map {name}: {entry['hazard']} {entry['scale']} {entry['name']}".rstrip()
        for name, entry in result["hazard_maps"].items()
    ]
    for deed in ("repaired", "dropped"):
        done = ", ".join(f"{count:,} {layer}" for layer, count in result["import"][deed].items())
        if done:
            lines.append(f"  {deed}: {done}")
    return [*lines, f"  fingerprint {result['fingerprint']}"]
