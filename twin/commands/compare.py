"""``city-twin compare``: runs side by side, with what differs between them and who gains or loses minutes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twin.commands.output import json_option, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.comparison import ComparedFigure
    from twin.run import Run


@click.command("compare")
@click.argument("runs", type=click.Path(path_type=Path), metavar="RUN_A RUN_B", nargs=-1, required=True)
@click.option("--city", type=click.Path(path_type=Path), help="Package of the runs' city, where it has moved.")
@json_option
def compare_command(runs: tuple[Path, ...], city: Path | None, as_json: bool) -> None:
    """Compare two to four runs of one city; differences are to the first."""
    from twin.comparison import compared_figures
    from twin.ensemble.kept import kept_of
    from twin.export_run import city_of
    from twin.impact_figures import money_of
    from twin.run import RunFolder
    from twin.workspace import Workspace

    made = [RunFolder(run).load() for run in runs]
    workspace = Workspace.default()
    figures = compared_figures(made, [kept_of(run, workspace) for run in made])
    opened = city_of(made[0], city)
    result = {
        "city": opened.name,
        "runs": [{"run": run.id, "scenario": run.scenario["name"], "status": run.status} for run in made],
        "differs": [_difference(made[0], other) for other in made[1:]],
        "outcomes": {figure.name: _plain(figure, money_of(run.outcomes for run in made)) for figure in figures},
        "minutes": _minutes(made, opened, workspace.store()),
    }
    say(result, as_json=as_json, lines=comparison_lines)


def _difference(one: Run, other: Run) -> dict[str, Any]:
    from twin.comparison import first_differences, in_a_sentence
    from twin.questions_compared import what_differs
    from twin.scenario import Scenario

    reasons = what_differs(Scenario.model_validate(one.scenario), Scenario.model_validate(other.scenario))
    return {
        "run": other.id,
        "why": [told.text for told in in_a_sentence(one, other, reasons)],
        "fields": first_differences(one, other),
    }


def _plain(figure: ComparedFigure, money: str) -> dict[str, Any]:
    """Plain values; the unit of money is its currency and year."""
    bands = [None if band is None else [band.low, band.high] for band in figure.bands]
    return {
        "unit": money if figure.unit == "currency" and money else figure.unit,
        "money": figure.unit == "currency",
        "people": figure.people,
        "values": list(figure.values),
        "differences": list(figure.differences),
        "bands": bands,
        "bands_of_differences": [None if band is None else [band.low, band.high] for band in figure.changes],
    }


def _minutes(runs: Sequence[Run], city: Any, store: Any) -> list[dict[str, Any]]:
    """Who gains and who loses minutes to leave at the start; empty where a run does not tell them."""
    from twin.comparison import GAINS, LOSES, gains
    from twin.mobility.variables import BUILDING_TIME_LEFT
    from twin.presence import people_of
    from twin.scenario.rules import GROUPS
    from twin.simulation import states_of
    from twin.store import FieldLost

    told: list[dict[str, Any]] = []
    first = next(states_of(runs[0], city, store), None)
    for run in runs[1:]:
        this = next(states_of(run, city, store), None)
        if first is None or this is None or not (first.has(BUILDING_TIME_LEFT.name) and this.has(BUILDING_TIME_LEFT.name)):
            continue
        people = people_of(this)  # where the second run counts them
        for group in GROUPS:
            try:
                found = gains(first, this, group=group)
            except FieldLost:
                continue
            told.append(
                {
                    "run": run.id,
                    "group": group,
                    "people": found.people(people),
                    "median_minutes_gained": found.typical(people, GAINS),
                    "median_minutes_lost": found.typical(people, LOSES),
                }
            )
    return told


def comparison_lines(result: dict[str, Any]) -> list[str]:
    """The comparison in lines that a person reads."""
    lines = [f"{result['city']}: " + " | ".join(run["scenario"] for run in result["runs"])]
    for other in result["differs"]:
        lines += [f"  {sentence}" for sentence in other["why"]]
    for name, figure in result["outcomes"].items():
        if any(figure["differences"]):
            digits = ",.0f" if figure["people"] else ",.6g"
            shown = ["unknown" if value is None else f"{value:{digits}}" for value in figure["values"]]
            pairs = zip(figure["differences"][1:], figure["bands_of_differences"][1:], strict=True)
            changes = [_change(change, band, digits) for change, band in pairs]
            unit = f" {figure['unit']}" if figure["money"] else ""
            lines.append(f"  {name}: {' | '.join(shown)}{unit}  ({', '.join(changes)})")
    names = {run["run"]: run["scenario"] for run in result["runs"]}
    for each in result["minutes"]:
        people = each["people"]
        lines.append(
            f"  minutes left at the start in {names[each['run']]}, {each['group'].replace('_', ' ')}: "
            f"{people['gain']:,.0f} people gain, {people['lose']:,.0f} lose, {people['unknown']:,.0f} unknown"
        )
    return lines


def _change(change: float | None, band: list[float] | None, digits: str) -> str:
    if change is None:
        return "unknown"
    ends = f" [{band[0]:+{digits}} to {band[1]:+{digits}}]" if band is not None and band[0] != band[1] else ""
    return f"{change:+{digits}}{ends}"
