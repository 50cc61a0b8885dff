"""``city-twin export``: a city (or a run) in formats that other programs read."""

from __future__ import annotations

from pathlib import Path

import click

from twin.commands.output import ProgressBar, json_option, say

FORMATS = ("gpkg", "parquet", "csv", "cog", "netcdf", "cityjson")


@click.command("export")
@click.argument("city", type=click.Path(path_type=Path), metavar="DIR|RUN")
@click.option("--format", "kind", required=True, type=click.Choice(FORMATS), help="What to write.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File, or folder for parquet, csv and cog.")
@json_option
def export_command(city: Path, kind: str, out: Path, as_json: bool) -> None:
    """Write the tables (gpkg, parquet, csv, cityjson) or rasters (cog, netcdf) of DIR, with their attributions."""
    from geodata.export import export_city
    from geodata.package import open_city

    with ProgressBar() as progress:
        written = export_city(open_city(city), kind, out, progress=progress)
    result = {"format": kind, "out": str(out), "layers": written}
    say(result, as_json=as_json, lines=lambda told: [f"{told['out']}: " + ", ".join(f"{k} {v:,}" for k, v in written.items())])
