"""``city-twin passport``: where the numbers of a run come from, and whether they come out the same once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from twin.commands.output import ProgressBar, json_option, say


@click.command("passport")
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option("--city", type=click.Path(path_type=Path), help="Package of the run's city, where it has moved.")
@click.option("--again", is_flag=True, help="Compute the run once more from nothing and compare every number.")
@json_option
def passport_command(run: Path, city: Path | None, again: bool, as_json: bool) -> None:
    """Tell where the numbers of RUN come from: city, data and their age, scenario, versions, assumptions, mass error."""
    from twin.export_run import city_of
    from twin.passport import passport_of, reproduce
    from twin.run import RunFolder

    made = RunFolder(run).load()
    opened = city_of(made, city)
    passport: dict[str, Any] = passport_of(made, opened)
    if again:
        with ProgressBar() as bar:
            once_more = reproduce(made, opened, progress=bar)
        passport["reproduced"] = {
            "same": once_more.same,
            "differing": dict(once_more.differing),
            "changed": {name: {"then": then, "now": now} for name, (then, now) in once_more.changed.items()},
        }
    say(passport, as_json=as_json, lines=passport_lines)


def passport_lines(passport: dict[str, Any]) -> list[str]:
    """The passport in lines that a person reads."""
    run, city = passport["run"], passport["city"]
    fictional = " (fictional: made-up data)" if city["fictional"] else ""
    lines = [
        f"{run['scenario']['name']} — {city['name']}{fictional}",
        f"  run {run['id']}, {run['status']}, {run['steps']} steps in {run['wall']:.1f} s, made {run['created']}",
        f"  city {city['fingerprint']}, heights above {city['vertical_datum']}",
        f"  results {passport['results']}",
        "  " + ", ".join(f"{name} {value}" for name, value in passport["engine"].items() if value is not None),
    ]
    lines += [f"  assumed: {sentence}" for sentence in passport["assumptions"]]
    lines += [f"  note: {sentence}" for sentence in run["notes"]]
    for source in passport["sources"]:
        age = "of unknown date" if source["age_years"] is None else f"{source['age_years']} years old"
        lines.append(f"  {source['layer']}: {source['source']}, {source['licence'] or 'licence not stated'}, {age}")
    if "reproduced" in passport:
        again = passport["reproduced"]
        found = ", ".join(f"{name} differs from {moment} s on" for name, moment in again["differing"].items())
        lines.append(f"  computed once more: {found or 'every number is the same'}")
        lines += [f"  changed since: {name} {each['then']} → {each['now']}" for name, each in again["changed"].items()]
    return lines
