"""``city-twin export``: a city or a run in formats that other programs read."""

from __future__ import annotations

from pathlib import Path

import click

from twin.commands.output import ProgressBar, json_option, say

FORMATS = ("gpkg", "parquet", "csv", "cog", "netcdf", "cityjson")


@click.command("export")
@click.argument("source", type=click.Path(path_type=Path), metavar="DIR|RUN")
@click.option("--format", "kind", required=True, type=click.Choice(FORMATS), help="What to write.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File, or folder for parquet, csv and cog.")
@click.option("--city", type=click.Path(path_type=Path), help="Package of a run's city, where it has moved.")
@json_option
def export_command(source: Path, kind: str, out: Path, city: Path | None, as_json: bool) -> None:
    """Write the tables (gpkg, parquet, csv, cityjson) or rasters (cog, netcdf) of the city DIR, or the results of a RUN.

    The attributions go along, and with a run the passport of its numbers.
    """
    from twin.export_run import export_run, is_run

    with ProgressBar() as progress:
        if is_run(source):
            from twin.workspace import Workspace

            store = Workspace.default().store()
            written = export_run(source, kind, out, store=store, city_path=city, progress=progress)
        else:
            from geodata.export import export_city
            from geodata.package import open_city

            if city is not None:
                raise click.UsageError("--city goes with a run; give the folder that city-twin simulate --out made.")
            written = export_city(open_city(source), kind, out, progress=progress)
    result = {"format": kind, "out": str(out), "layers": written}
    say(result, as_json=as_json, lines=lambda told: [f"{told['out']}: " + ", ".join(f"{k} {v:,}" for k, v in written.items())])
