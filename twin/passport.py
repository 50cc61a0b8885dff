"""The passport of a run: where every number comes from, what is taken for granted, and how to have the same numbers again."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from geodata.city import City
from geodata.export import attributions
from geodata.progress import Progress, silent
from twin.assumptions import assumptions_of
from twin.environment import environment
from twin.keys import source_digest
from twin.run import Run
from twin.scenario import Engine, Scenario
from twin.simulation import simulate
from twin.store import FolderStore

DAYS_OF_YEAR = 365.25


def passport_of(run: Run, city: City) -> dict[str, Any]:
    """Everything that a reader of a run's numbers may ask about them, as plain values.

    Parameters
    ----------
    run
        The run, finished or not.
    city
        The city that it was made on.

    Returns
    -------
    ``run``: manifest without its steps (scenario whole, versions, notes, outcomes, wall time); ``city``; ``sources`` with
    licence, date and age in years at the time of the run (None = the source states no date); ``attribution``; ``engine``:
    where the water comes from, with mass error and step count of the flood engine; ``assumptions``: sentences; ``results``:
    digest of all numbers; ``environment``: what the same digest hangs on.
    """
    facts = asdict(replace(run, steps=(), notes=()))
    del facts["steps"]
    scenario = Scenario.model_validate(run.scenario)
    return {
        "run": facts
        | {
            "notes": [note.text for note in run.notes], "created": run.created.isoformat(), "steps": len(run.steps),
            "until": run.steps[-1].end if run.steps else 0,
        },
        "city": {
            "name": city.name, "fingerprint": city.fingerprint, "fictional": city.fictional, "crs": city.grid.crs,
            "vertical_datum": city.heights.datum or "not stated", "parent": city.parent, "fidelity": city.fidelity,
        },
        "attribution": credit(city),
        "sources": [
            {**origin, "age_years": age_in_years(origin["date"], run.created.date())}
            for origin in attributions(city).to_dict("records")
        ],
        "engine": _engine(run, scenario),
        "assumptions": [note.text for note in assumptions_of(scenario, city)],
        "results": results_digest(run),
        "environment": dict(run.environment),
    }  # fmt: skip


def credit(city: City) -> str:
    """The attributions that must stand wherever the data are shown."""
    return "; ".join(dict.fromkeys(origin.attribution for origin in city.provenance.values() if origin.attribution))


def age_in_years(stated: str, today: date) -> float | None:
    """Age of data whose date is a year, a month or a day; None where the source states none.

    Examples
    --------
    >>> age_in_years("2023", date(2026, 7, 1)), age_in_years("2026-04-01", date(2026, 7, 1)), age_in_years("", date(2026, 7, 1))
    (3.5, 0.2, None)
    """
    parts = stated.partition("T")[0].split("-")
    try:
        year, month, day = (int(part) for part in (*parts, "1", "1")[:3])
        return round((today - date(year, month, day)).days / DAYS_OF_YEAR, 1)
    except ValueError:
        return None


def results_digest(run: Run) -> str:
    """One name for all numbers of a run: equal when every field of every step is equal, bit by bit."""
    steps = [[step.end, dict(step.fields)] for step in run.steps]
    return hashlib.blake2b(orjson.dumps(steps, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Reproduction:
    """A run computed once more from nothing.

    Parameters
    ----------
    same
        Whether every field of every step came out as it was, bit by bit.
    differing
        Names of the fields that did not, each with the first moment, s, at which it differs.
    changed
        What is not as it was when the run was made (sources, versions, processor): name → (then, now).
    """

    same: bool
    differing: Mapping[str, int]
    changed: Mapping[str, tuple[str, str]]


def reproduce(run: Run, city: City, *, progress: Progress | None = None) -> Reproduction:
    """Compute a run again in an empty store, and compare every field.

    Raises
    ------
    InputError
        When the city cannot answer the scenario any more.
    """
    tell, scenario = progress or silent, Scenario.model_validate(run.scenario)
    with tempfile.TemporaryDirectory(prefix="city-twin-") as folder:
        again = simulate(
            city, scenario, store=FolderStore(Path(folder) / "fields"), folder=Path(folder) / "run",
            progress=lambda _, done, total: tell("compute again", done, total),
        )  # fmt: skip
    there = {step.end: step.fields for step in again.steps}
    differing: dict[str, int] = {}
    for step in run.steps:
        fields = there.get(step.end, {})
        # a run that was stopped lacks what is found at the end only
        names = set(step.fields) | (set(fields) if run.status == "done" else set())
        for name in sorted(names):
            if step.fields.get(name) != fields.get(name):
                differing.setdefault(name, step.end)
    now = {**environment(), "sources": source_digest("twin")}
    then = {**run.environment, "sources": run.versions.get("sources", "")}
    changed = {
        name: (then.get(name, ""), now.get(name, "")) for name in sorted({*then, *now}) if then.get(name) != now.get(name)
    }
    return Reproduction(not differing, differing, changed)


def _engine(run: Run, scenario: Scenario) -> dict[str, Any]:
    water = scenario.water
    told: dict[str, Any] = {"water": water.source if water is not None else "none"}
    if isinstance(water, Engine):
        told |= {"solver": water.solver, "alpha": water.alpha, "theta": water.theta}
        told |= {name: run.outcomes.get(name) for name in ("mass_error", "cells", "engine_steps") if name in run.outcomes}
    return told
