"""``city-twin simulate``: ask a scenario of a city and print its outcomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from twin.commands.output import ProgressBar, json_option, say


@click.command("simulate")
@click.argument("city", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("scenario", type=click.Path(path_type=Path), metavar="SCENARIO.yaml")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run; one in the workspace unless given.")
@json_option
def simulate_command(city: Path, scenario: Path, out: Path | None, as_json: bool) -> None:
    """Run SCENARIO.yaml on the city package DIR. What an earlier run computed is reused."""
    from geodata.package import open_city
    from twin.scenario import load_scenario
    from twin.simulation import run_id, simulate, summary
    from twin.workspace import Workspace

    question = load_scenario(scenario)
    opened, workspace = open_city(city), Workspace.default()
    folder = out or workspace.runs / run_id(opened, question)
    with ProgressBar() as bar:
        run = simulate(
            opened,
            question,
            store=workspace.store(),
            folder=folder,
            city_path=city.resolve(),
            progress=bar,
        )
    say({**summary(run), "out": str(folder)}, as_json=as_json, lines=summary_lines)


def summary_lines(result: dict[str, Any]) -> list[str]:
    """The outcomes in lines that a person reads."""
    ranks = ", ".join(f"{rank}: {count:,}" for rank, count in result.get("buildings_by_rank", {}).items())
    steps = f"{result['states']} steps ({result['steps_computed']} computed, {result['steps_reused']} reused)"
    lines = [f"{result['scenario']} — {steps} in {result['wall_s']:.1f} s"]
    for name, text in (
        ("buildings_flooded", "buildings flooded"), ("buildings_unknown", "buildings of unknown depth"),
        ("people_exposed", "people in flooded buildings"), ("roads_closed_m", "m of road closed to cars"),
        ("roads_unknown_m", "m of road unknown"), ("shelters_unusable", "shelters unusable"),
        ("shelters_unknown", "shelters unknown"), ("buildings_below_official_rank", "buildings ranked below an official map"),
        ("people_cut_off", "people with no known way to a shelter on foot, most over the run"),
        ("people_never_joined", "people with no way to a shelter even on a dry day"),
        ("people_in_shelters", "evacuees in shelters"), ("people_caught", "evacuees caught on roads that closed"),
        ("shelters_over_capacity", "shelters that filled up"),
    ):  # fmt: skip
        if name in result:
            figure = "unknown" if result[name] is None else f"{result[name]:,.0f}"
            lines.append(f"  {figure:>12}  {text}")
    if "median_minutes_left" in result:
        left = result["median_minutes_left"]
        figure = "-" if left is None else f"{left:,.0f} min"
        lines.append(f"  {figure:>12}  left to set out on foot, median at the start; - = not closed, or no way at all")
    if "clearance_s" in result:
        cleared = result["clearance_s"]
        figure = "-" if cleared is None else f"{cleared / 60:,.0f} min"
        lines.append(f"  {figure:>12}  from the first order to the last arrival; - = no order, or not cleared in time")
    return [*lines, f"  buildings by rank — {ranks}", *(f"  note: {note}" for note in result["notes"]), f"  {result['out']}"]
