"""``city-twin info``: what is in a city package, without loading it."""

from __future__ import annotations

from pathlib import Path

import click

from twin.commands.output import json_option, say, summary, summary_lines


@click.command("info")
@click.argument("city", type=click.Path(path_type=Path), metavar="DIR")
@json_option
def info_command(city: Path, as_json: bool) -> None:
    """Tell what is in the city package DIR: layers with counts, CRS, extent, hazard maps, what the import did."""
    say(summary(city), as_json=as_json, lines=summary_lines)
