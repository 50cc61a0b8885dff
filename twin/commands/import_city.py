"""``city-twin import``: files of a real city become a city package."""

from __future__ import annotations

from pathlib import Path

import click

from twin.commands.output import ProgressBar, json_option, say, summary, summary_lines

_FILE = click.Path(path_type=Path)


@click.command("import")
@click.argument("sources", nargs=-1, type=_FILE, metavar="SOURCE…")
@click.option("--out", required=True, type=_FILE, help="Folder of the city package; an existing package is replaced.")
@click.option("--name", help="Name of the city; the name of the first source unless given.")
@click.option("--terrain", "terrains", multiple=True, type=_FILE, help="Elevation raster (may be repeated).")
@click.option(
    "--hazard", "hazards", multiple=True, type=_FILE, help="Official flood depth raster or polygons (may be repeated)."
)
@click.option(
    "--duration", "durations", multiple=True, type=_FILE,
    help="Official raster of how long water stands, in hours unless it names its unit (may be repeated).",
)  # fmt: skip
@click.option("--rain", "rains", multiple=True, type=_FILE, help="Rain rates over time, NetCDF or GeoTIFF (may be repeated).")
@click.option("--crs", help="Projected CRS of the city, as EPSG:n; also of sources that name none.")
@click.option("--mapping", type=_FILE, help="YAML file that says which column means what.")
@click.option("--vertical-offset", type=float, metavar="M", help="Metres to add to heights whose datum is not the terrain's.")
@json_option
def import_command(
    sources: tuple[Path, ...],
    out: Path,
    name: str | None,
    terrains: tuple[Path, ...],
    hazards: tuple[Path, ...],
    durations: tuple[Path, ...],
    rains: tuple[Path, ...],
    crs: str | None,
    mapping: Path | None,
    vertical_offset: float | None,
    as_json: bool,
) -> None:
    """Read SOURCE files or folders, join them to one city, and write it as a package with an import report."""
    if not sources and not terrains:
        raise click.UsageError("Give at least one SOURCE, or --terrain.")
    from geodata.importer import import_city

    with ProgressBar() as progress:
        import_city(
            list(sources),
            out=out,
            name=name,
            terrain=list(terrains),
            hazard=list(hazards),
            duration=list(durations),
            rain=list(rains),
            crs=crs,
            mapping=mapping,
            vertical_offset=vertical_offset,
            progress=progress,
        )
    say(summary(out), as_json=as_json, lines=summary_lines)
