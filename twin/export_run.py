"""A run in formats that other programs read, with the passport of its numbers; every file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from geodata.atomic import atomic_file, atomic_folder
from geodata.city import City, LayersInMemory
from geodata.errors import InputError
from geodata.export import export_city, is_export
from geodata.package import open_city
from geodata.progress import Progress, silent
from geodata.provenance import Provenance
from geodata.writing import writing
from twin.analysis import Finding, installed_analyses, moment_variables
from twin.hooks.exposure import highest_so_far
from twin.model import Twin
from twin.outcome import OUTCOMES
from twin.passport import credit, passport_of
from twin.question import Question
from twin.run import MANIFEST, Run, RunFolder
from twin.run_netcdf import write_netcdf
from twin.run_tables import Elements, explanations, outcome_table
from twin.scenario import Scenario
from twin.simulation import analyse, require_same_city, states_of
from twin.state import State
from twin.store import FieldLost, FieldStore
from twin.variables import WATER_DEPTH, WATER_DEPTH_LOW

PASSPORT = "passport.json"
TABLES = ("gpkg", "parquet", "csv")
FORMATS = (*TABLES, "cog", "netcdf")
_FOLDERS = ("parquet", "csv", "cog")
_PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS


def is_run(path: Path) -> bool:
    """Whether a folder holds the manifest of a run.

    Examples
    --------
    >>> is_run(Path("/nowhere"))
    False
    """
    return (path / MANIFEST).is_file()


def export_run(
    folder: Path, kind: str, out: Path, *, store: FieldStore, city_path: Path | None = None, progress: Progress | None = None
) -> dict[str, int]:
    """Write a run in one format.

    Fields that the store has no longer are computed again, and must come out as they were.

    Parameters
    ----------
    folder
        Folder of the run.
    kind
        "gpkg", "parquet", "csv": the tables of buildings, roads, shelters, … with attributes, the state at the end, peaks
        and the course of closures; codes in words, unknown empty. "cog": folder of rasters, one for each field of the
        grid and shown moment (one only where it never changes) and one for the greatest depth. "netcdf": every field of every
        shown state.
    out
        File for "gpkg" and "netcdf", else a folder. An existing file is replaced; a folder only where it holds an
        earlier export.
    store
        Where the fields of the run are.
    city_path
        The city package, where it is not where the run found it.
    progress
        Told after every state.

    Returns
    -------
    Rows or values written, by layer.

    Raises
    ------
    InputError
        When there is no run or no step of it, its city is not there or is another one, its numbers cannot be had again, the
        format is not for runs, or ``out`` cannot be written.
    """
    if kind not in FORMATS:
        raise InputError(
            "A run cannot be written as {kind}; choose one of {known}, or export its city as {kind}.",
            kind=kind, known=", ".join(FORMATS),
        )  # fmt: skip
    run = RunFolder(folder).load()
    if not run.steps:
        raise InputError("The run {run} has no finished step; run the scenario again.", run=str(folder))
    city = city_of(run, city_path)
    tell = progress or silent
    export = _Export(run, city, store, out, tell)
    for attempt in range(2):
        if attempt or not all(map(store.has, run.digests)):
            restore(run, city, store, pin=RunFolder(folder, store=store).pin_name, progress=tell)
        try:
            return export.write(kind)
        except FieldLost:  # a damaged entry shows only when it is read, and is gone afterwards
            if attempt:
                raise
    raise AssertionError("never reached")


def restore(run: Run, city: City, store: FieldStore, *, pin: str, progress: Progress) -> None:
    """Compute again what the store has lost of a run, and protect it as it was.

    The manifest is left alone: the numbers must be those that stand in it.

    Raises
    ------
    InputError
        When this version of the program gives other numbers, or the store is too small.
    """
    store.pin(pin, run.digests)  # a name protects fields before they are there
    scenario = Scenario.model_validate(run.scenario)
    twin = Twin(city, store)
    states: list[State] = []
    found = moment_variables(installed_analyses())
    for number, (state, advance) in enumerate(twin.run(scenario)):
        if number >= len(run.steps) and not run.findings:
            break  # findings hang on the whole course, what was computed before a run was stopped does not
        states.append(state)
        for name in state.digests:
            state.field(name)  # whether an entry is whole shows when it is read; this state mends what is not
        progress("compute again", min(number + 1, len(run.steps)), len(run.steps))
        for step in run.steps[number : number + 1]:
            if advance.step.end != step.end or _differ(advance.digests, step.fields, step.fields.keys() - found.keys()):
                raise _other_numbers(run)
    findings = _findings_again(twin.ask(scenario), states, store) if run.findings else ()
    for again, step in zip(run.with_findings(findings).steps, run.steps, strict=True):
        if _differ(again.fields, step.fields, step.fields.keys() & found.keys()):
            raise _other_numbers(run)
    lost = store.pin(pin, run.digests)
    if lost:
        raise InputError(
            "The run {run} does not fit into the field store (1 field is missing); give the store more room."
            if len(lost) == 1
            else "The run {run} does not fit into the field store ({count} fields are missing); give the store more room.",
            run=run.id, count=len(lost),
        )  # fmt: skip


def _findings_again(question: Question, states: Sequence[State], store: FieldStore) -> tuple[Finding, ...]:
    """What analyses find, whole: a damaged entry shows when it is read, and then it is gone and found again."""
    lost: set[object] = set()
    while True:
        findings = analyse(question, states, store)
        try:
            for digest in (digest for finding in findings for digest in finding.record.fields.values()):
                store.field(digest)
        except FieldLost as loss:
            if loss.values.get("digest") in lost:
                raise
            lost.add(loss.values.get("digest"))
        else:
            return findings


def _differ(one: Mapping[str, str], other: Mapping[str, str], names: Iterable[str]) -> bool:
    return any(one.get(name) != other[name] for name in names)


def _other_numbers(run: Run) -> InputError:
    return InputError(
        "The fields of the run {run} are no longer kept, and this version of the program computes others; "
        "run the scenario again.",
        run=run.id,
    )


def kept_states(folder: Path, run: Run, city: City, store: FieldStore) -> tuple[State, ...]:
    """The states of a run that its scenario shows; fields that the store has lost are computed again first.

    Raises
    ------
    InputError
        When this version of the program gives other numbers.
    """
    if not all(map(store.has, run.digests)):
        restore(run, city, store, pin=RunFolder(folder, store=store).pin_name, progress=silent)
    moments = set(Scenario.model_validate(run.scenario).shown())
    return tuple(state for state in states_of(run, city, store) if state.time in moments)


def city_of(run: Run, given: Path | None) -> City:
    """The city that a run was made on, opened from where it was or from the given package.

    Raises
    ------
    InputError
        When it is not there, or is another city.
    """
    path = given or Path(run.city_path)
    if given is None and (not run.city_path or not path.exists()):
        raise InputError(
            "The city of the run {run} is not at {path} any more; say with --city where its package is.",
            run=run.id, path=run.city_path or "a place that the run names",
        )  # fmt: skip
    city = open_city(path)
    require_same_city(run, city)
    return city


class _Export:
    """One run on its way out."""

    def __init__(self, run: Run, city: City, store: FieldStore, out: Path, tell: Progress) -> None:
        self.run, self.city, self.store, self.out, self.tell = run, city, store, out, tell
        self.scenario = Scenario.model_validate(run.scenario)
        self.shown = frozenset(self.scenario.shown()) | {run.steps[-1].end}
        self.passport = passport_of(run, city)
        known = {**Twin(city, store).variables, **moment_variables(installed_analyses())}
        foreign = sorted(set(run.steps[-1].fields) - set(known))
        if foreign:
            note = f"Left out, since the hook that wrote them is not installed here: {', '.join(foreign)}."
            self.passport["run"]["notes"] = [*self.passport["run"]["notes"], note]

    def write(self, kind: str) -> dict[str, int]:
        if kind == "netcdf":
            with atomic_file(self.out) as file, writing(self.out):
                return self._netcdf(file)
        layers = self._rasters() if kind == "cog" else self._tables()
        view = replace(self.city, layers=layers, provenance=self._provenance())
        if kind not in _FOLDERS:
            return export_city(view, kind, self.out, progress=self.tell)
        with atomic_folder(self.out, may_replace=is_export, kind="folder of an earlier export") as folder:
            written = export_city(view, kind, folder, progress=self.tell)
            (folder / PASSPORT).write_bytes(orjson.dumps(self.passport, option=_PRETTY, default=str))
        return written

    def _provenance(self) -> dict[str, Provenance]:
        """The sources of the city, and this program as that of what it computed."""
        versions = ", ".join(f"{name} {version}" for name, version in self.run.versions.items())
        own = Provenance(
            f"City Twin, run {self.run.id}", date=self.run.created.date().isoformat(), fictional=self.city.fictional,
            notes=(*self.passport["run"]["notes"], f"computed by {versions}"),
        )  # fmt: skip
        return {**self.city.provenance, "run": own}

    def _states(self, *, shown_only: bool = False) -> Iterator[State]:
        steps = tuple(step for step in self.run.steps if not shown_only or step.end in self.shown)
        return states_of(replace(self.run, steps=steps), self.city, self.store)

    def _tables(self) -> LayersInMemory:
        elements = Elements(self.city, self.shown)
        for number, state in enumerate(self._states(), 1):
            elements.see(state)
            self.tell("states", number, len(self.run.steps))
        tables, columns = elements.tables()
        meanings = {outcome.name: (outcome.unit, outcome.meaning) for outcome in OUTCOMES}
        tables["outcomes"] = outcome_table(self.run.outcomes, meanings)
        tables["columns"] = explanations(columns)
        tables["passport"] = pd.DataFrame({
            "part": list(self.passport),
            "content": [orjson.dumps(part, option=_PRETTY, default=str).decode() for part in self.passport.values()],
        })  # fmt: skip
        return LayersInMemory(tables)

    def _rasters(self) -> _RastersOfRun:
        peaks: dict[str, Any] = {}
        before: State | None = None
        for number, state in enumerate(self._states(), 1):
            for variable in filter(state.has, (WATER_DEPTH, WATER_DEPTH_LOW)):
                if before is None:
                    peaks[f"{variable.name}_peak"] = state.field(variable)
                elif before.digests[variable.name] != state.digests[variable.name]:
                    peaks[f"{variable.name}_peak"] = highest_so_far(peaks[f"{variable.name}_peak"], state.field(variable))
            before = state
            self.tell("states", number, len(self.run.steps))
        made: dict[str, Callable[[], Any]] = {name: partial(np.asarray, values) for name, values in peaks.items()}
        shown = tuple(self._states(shown_only=True))
        for variable in (each for each in shown[-1].variables.values() if each.dims == ("y", "x")):
            constant = len({state.digests[variable.name] for state in shown}) == 1
            for state in shown[:1] if constant else shown:
                name = variable.name if constant else f"{variable.name}/{state.time:07d}_s"
                made[name] = partial(state.field, variable)
        return _RastersOfRun(made)

    def _netcdf(self, file: Path) -> dict[str, int]:
        count = sum(step.end in self.shown for step in self.run.steps)
        notes = self.passport["run"]["notes"]
        attributes = {
            "title": f"{self.scenario.name}: {self.city.name}" + (" (fictional)" if self.city.fictional else ""),
            "source": "City Twin " + ", ".join(f"{name} {version}" for name, version in self.run.versions.items()),
            "history": f"{self.run.created.isoformat()} run {self.run.id}, {self.run.status}",
            "comment": " ".join(notes),
            "attribution": credit(self.city),
            "vertical_datum": self.city.heights.datum or "not stated",
            "city_fingerprint": self.city.fingerprint,
            "fictional": str(self.city.fictional).lower(),
            "passport": orjson.dumps(self.passport, default=str).decode(),
        }
        return write_netcdf(
            file, self.city, self.scenario, self._states(shown_only=True), count=count, attributes=attributes,
            seen=lambda done: self.tell("states", done, count),
        )  # fmt: skip


class _RastersOfRun(LayersInMemory):
    """Rasters that are loaded when they are written, one after the other."""

    def __init__(self, loaders: dict[str, Callable[[], Any]]) -> None:
        super().__init__({})
        self._loaders = loaders

    def names(self, kind: str) -> tuple[str, ...]:
        return tuple(self._loaders) if kind == "raster" else ()

    def raster(self, name: str) -> Any:
        return self._loaders[name]()
