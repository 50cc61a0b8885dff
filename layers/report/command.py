"""``city-twin report``: a run, or a comparison of several, on paper."""

from __future__ import annotations

from pathlib import Path

import click

from twin.commands.output import json_option, say


@click.command("report")
@click.argument("runs", type=click.Path(path_type=Path), metavar="RUN", nargs=-1, required=True)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A .pdf or an .html file.")
@click.option("--city", type=click.Path(path_type=Path), help="Package of the run's city, where it has moved.")
@click.option("--language", type=click.Choice(["en", "ja"]), default="en", show_default=True, help="Language of the report.")
@click.option("--public", is_flag=True, help="For publication: counts of fewer than 11 people are withheld.")
@click.option(
    "--view", "seen", default="", help="Fields of a link (at, layers, step, theme …): camera and colours of the pictures."
)
@click.option("--flat", is_flag=True, help="Draw the map flat, even where there is a Chromium.")
@json_option
def report_command(
    runs: tuple[Path, ...], out: Path, city: Path | None, language: str, public: bool, seen: str, flat: bool, as_json: bool
) -> None:
    """Write a report of RUN; of two to four runs, a comparison with the first."""
    from urllib.parse import parse_qsl

    from geodata.errors import InputError
    from layers.language import Language
    from layers.link import Link
    from layers.report.paper import write_report
    from layers.report.picture import SECONDS
    from layers.report.subject import Subject, Told
    from twin.ensemble.kept import kept_of
    from twin.export_run import city_of, kept_states
    from twin.run import RunFolder
    from twin.workspace import Workspace

    made = [RunFolder(folder).load() for folder in runs]
    workspace = Workspace.default()
    opened, store = city_of(made[0], city), workspace.store()
    told = tuple(
        Told(run, kept_states(folder, run, opened, store), kept_of(run, workspace))
        for folder, run in zip(runs, made, strict=True)
    )
    link, notes = Link.from_query(dict(parse_qsl(seen)))
    if notes:
        raise InputError(notes[0].template, **notes[0].values)
    subject = Subject(
        opened, told, Language(language), public=public, view=link.view, look=link.look, mode=link.mode or "depth"
    )
    write_report(subject, out, seconds=0.0 if flat else SECONDS)
    result = {"out": str(out), "runs": [run.id for run in made], "bytes": out.stat().st_size}
    say(result, as_json=as_json, lines=lambda shown: [f"{shown['out']}: {shown['bytes']:,} bytes"])
