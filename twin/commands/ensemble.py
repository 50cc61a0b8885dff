"""``city-twin ensemble``: one question with uncertain inputs, run many times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from twin.commands.output import ProgressBar, json_option, say


@click.command("ensemble")
@click.argument("city", type=click.Path(path_type=Path), metavar="DIR")
@click.argument("spec", type=click.Path(path_type=Path), metavar="SPEC.yaml")
@click.option("--scheduler", help="Address of a Dask scheduler; workers of this machine unless given.")
@click.option("--workers", type=click.IntRange(1, 256), help="Workers of this machine; one for each processor unless given.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for ensemble.json and buildings.parquet.")
@json_option
def ensemble_command(
    city: Path, spec: Path, scheduler: str | None, workers: int | None, out: Path | None, as_json: bool
) -> None:
    """Run the members of SPEC.yaml on the city package DIR: likelihood of depths, and a band on every figure."""
    from geodata.package import open_city
    from twin.ensemble.spec import load_spec
    from twin.ensemble.study import run_ensemble, save_ensemble
    from twin.workspace import Workspace

    wanted, base = load_spec(spec)
    with ProgressBar() as bar:
        found = run_ensemble(
            city, wanted, base, workspace=Workspace.default(), scheduler=scheduler, workers=workers, progress=bar
        )
    if out is not None:
        save_ensemble(found, open_city(city), out)
    say(found.plain() | ({"out": str(out)} if out else {}), as_json=as_json, lines=ensemble_lines)


def ensemble_lines(result: dict[str, Any]) -> list[str]:
    """The ensemble in lines that a person reads."""
    alone = "; every figure is of these alone" if result["failed"] else ""
    lines = [f"{result['done']} of {result['members']} members ended{alone}"]
    lines += [f"  member {each['member']} failed: {each['why']}" for each in result["failed"]]
    lines += [f"  {each['what']}: {each['low']:.6g} to {each['high']:.6g}" for each in result["inputs"]]
    for each in result["depths"]:
        likely, possible = each["buildings_likely"], each["buildings_possible"]
        lines.append(
            f"  deeper than {each['deeper_than_m']:g} m: {likely:,} buildings in half of the members, {possible:,} in any"
        )
    for name, band in result["outcomes"].items():
        if band["low"] != band["high"]:
            money = f" {result['damage_currency']}" if name.startswith("damage/") and result["damage_currency"] else ""
            lines.append(f"  {name}: {band['middle']:,.6g} ({band['low']:,.6g} to {band['high']:,.6g}){money}")
    return lines
