"""``city-twin sample``: the fictional riverside town Kawabe."""

from __future__ import annotations

from pathlib import Path

import click

from twin.commands.output import ProgressBar, json_option, say, summary, summary_lines


@click.command("sample")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder of the city package; an existing package is replaced."
)
@click.option("--buildings", default=8000, show_default=True, type=int, help="How many buildings.")
@click.option("--seed", default=1, show_default=True, type=int, help="The same seed makes the same town.")
@json_option
def sample_command(out: Path, buildings: int, seed: int, as_json: bool) -> None:
    """Make the sample city: a fictional town with terrain, river, levees, people, shelters, sensors and hazard maps."""
    from geodata.importer import import_sample

    with ProgressBar() as progress:
        import_sample(out=out, buildings=buildings, seed=seed, progress=progress)
    say(summary(out), as_json=as_json, lines=summary_lines)
