"""Analyses: what can be told only when a whole run is known, such as how much time was left at each of its moments.

A hook sees one step and cannot look ahead. An analysis reads the course of fields over all steps of a run, and static layers,
and nothing else; what it gives is keyed by all of that and kept in the same store. It comes in through the entry-point group
``city_twin.analyses``.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from typing import Any, Protocol, runtime_checkable

import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray

from geodata.city import City
from geodata.grid import Grid
from twin.asset import Asset
from twin.hook import HookError, Parameters, Static
from twin.inputs import DeclaredLayers, read_only
from twin.keys import assets_in, canonical, identity_of
from twin.question import Question
from twin.state import State, sizes_of
from twin.store import FieldStore, Record
from twin.variable import Variable

ENTRY_POINTS = "city_twin.analyses"


@dataclass(frozen=True)
class Series:
    """A field at the end of every step of the run."""

    variable: Variable


AnalysisRead = Series | Static


class Course(Protocol):
    """What an analysis receives: the declared inputs, read-only. Anything else raises `HookError`."""

    @property
    def times(self) -> NDArray[np.float64]:
        """End of every step, s, rising; the first is 0."""

    def at(self, variable: Variable, number: int) -> NDArray[Any]:
        """A field at the end of a step, by the step's number; loaded when asked for."""

    def table(self, name: str) -> pd.DataFrame:
        """The declared columns of a table."""

    def raster(self, name: str) -> NDArray[Any]:
        """A raster of the city, NaN = unknown; all NaN where the city has none."""

    def overlay(self, name: str) -> Mapping[str, NDArray[Any]]:
        """The arrays of a stored join."""

    def asset(self, asset: Asset) -> Any:
        """The content of an asset that stands in the parameters."""

    def size(self, dim: str) -> int:
        """Length of a dimension; "time" is the number of steps."""

    def grid(self) -> Grid:
        """The grid of the city."""


@runtime_checkable
class Analysis(Protocol):
    """One look at a finished run. ``analyse`` must be a pure function of its arguments."""

    @property
    def name(self) -> str:
        """Short name, unique among the analyses."""

    @property
    def version(self) -> str:
        """Version of the method; together with a digest of the sources it enters the key."""

    @property
    def reads(self) -> tuple[AnalysisRead, ...]:
        """What it reads."""

    @property
    def writes(self) -> tuple[Variable, ...]:
        """What it writes. A variable whose first dim is "time" has one field for the end of every step."""

    def __hash__(self) -> int:
        """An analysis never changes: frozen dataclasses are hashable."""

    def parameters(self, question: Question) -> Parameters:
        """The part of the question that matters to it."""

    def analyse(self, course: Course, parameters: Parameters) -> Mapping[str, NDArray[Any]]:
        """The written fields, by variable name."""


@dataclass(frozen=True)
class Finding:
    """What an analysis gave for a run.

    Parameters
    ----------
    analysis
        Its name.
    record
        Key, and the digest of every field: "name" for a field of the run, "name@3" for that at the end of step 3.
    computed
        False when it was known already.
    """

    analysis: str
    record: Record
    computed: bool

    def fields_at(self, number: int) -> dict[str, str]:
        """Digest of every field that holds at the end of a step, by variable name: those of the run among them."""
        found = {}
        for label, digest in self.record.fields.items():
            name, _, step = label.partition("@")
            if not step or int(step) == number:
                found[name] = digest
        return found


def installed_analyses() -> tuple[Analysis, ...]:
    """One of each analysis that installed packages offer, ordered by name.

    Raises
    ------
    HookError
        When an entry point cannot be loaded or offers something that is no analysis.
    """
    found: dict[str, Analysis] = {}
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: (entry.name, entry.value)):
        try:
            analysis = entry.load()()
        except (ImportError, AttributeError, TypeError) as error:
            raise HookError(
                "The analysis {name} ({value}) cannot be loaded ({detail}); repair or remove its package.",
                name=entry.name, value=entry.value, detail=error,
            ) from error  # fmt: skip
        if not isinstance(analysis, Analysis):
            raise HookError(
                "The analysis {name} ({value}) does not follow the contract; see twin.analysis.Analysis.",
                name=entry.name, value=entry.value,
            )  # fmt: skip
        found[analysis.name] = analysis
    return tuple(found[name] for name in sorted(found))


def analysis_key(analysis: Analysis, city: City, parameters: Parameters, states: Sequence[State]) -> str:
    """Key of an analysis of a run: itself, the content of all it reads, its parameters, and when the steps end."""
    reads: dict[str, Any] = {}
    for read in analysis.reads:
        if isinstance(read, Series):
            reads[f"series/{read.variable.name}"] = [state.digests[read.variable.name] for state in states]
        else:
            reads[f"static/{read.layer}/{','.join(read.columns)}"] = city.fingerprint_of(read.layer, read.columns)
    parts = {
        "analysis": identity_of(analysis),
        "reads": reads,
        "parameters": canonical(parameters),
        "times": [state.time for state in states],
        "grid": city.grid.to_dict(),
    }
    return hashlib.blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=20).hexdigest()


def run_analysis(analysis: Analysis, question: Question, states: Sequence[State], store: FieldStore) -> Finding:
    """Analyse a run, or find what is known of it.

    Parameters
    ----------
    analysis
        What to do.
    question
        What was asked.
    states
        The states at the end of every step, in order; they load their own fields.
    store
        Where the result is kept.

    Raises
    ------
    HookError
        When the states lack a field that it reads, or it writes something else than it declares.
    """
    for read in analysis.reads:
        if isinstance(read, Series) and not all(state.has(read.variable) for state in states):
            raise HookError(
                "The analysis {analysis} reads {variable}, which no hook of this run wrote; add one that does.",
                analysis=analysis.name, variable=read.variable.name,
            )  # fmt: skip
    parameters = analysis.parameters(question)
    key = analysis_key(analysis, question.city, parameters, states)
    record = _found(store, key)
    if record is not None:
        return Finding(analysis.name, record, computed=False)
    with store.flight(key):
        record = _found(store, key)
        if record is not None:
            return Finding(analysis.name, record, computed=False)
        began = time.perf_counter()
        fields = _fields(analysis, question, parameters, states)
        return Finding(analysis.name, store.put(key, fields, wall=time.perf_counter() - began), computed=True)


def moment_variables(analyses: Iterable[Analysis]) -> dict[str, Variable]:
    """What analyses write, by name, as it stands in the state of one moment: without the dim "time"."""
    return {variable.name: _at_moment(variable) for analysis in analyses for variable in analysis.writes}


def analysed(state: State, number: int, findings: Iterable[Finding], analyses: Iterable[Analysis], store: FieldStore) -> State:
    """The state at the end of step ``number`` with what analyses found for that moment among its fields."""
    declared = moment_variables(analyses)
    digests = {name: digest for finding in findings for name, digest in finding.fields_at(number).items()}

    def load(digest: str) -> NDArray[Any]:
        return store.field(digest) if digest in own else state.load(digest)

    own = set(digests.values()) - set(state.digests.values())
    variables = {**state.variables, **{name: declared[name] for name in digests}}
    return State(state.city, state.time, variables, {**state.digests, **digests}, load)


def _at_moment(variable: Variable) -> Variable:
    return replace(variable, dims=variable.dims[1:]) if variable.dims[:1] == ("time",) else variable


def _found(store: FieldStore, key: str) -> Record | None:
    record = store.find(key)
    return record if record is not None and all(map(store.has, record.fields.values())) else None


def _fields(
    analysis: Analysis, question: Question, parameters: Parameters, states: Sequence[State]
) -> dict[str, NDArray[Any]]:  # fmt: skip
    city = question.city
    sizes = {**sizes_of(city, question.presence), "time": len(states)}
    written = analysis.analyse(RunCourse(analysis, city, sizes, assets_in(parameters), states), parameters)
    declared = {variable.name: variable for variable in analysis.writes}
    if set(written) != set(declared):
        raise HookError(
            "The analysis {analysis} wrote {written}; it declares {declared}.",
            analysis=analysis.name, written=", ".join(sorted(written)), declared=", ".join(sorted(declared)),
        )  # fmt: skip
    fields: dict[str, NDArray[Any]] = {}
    for name, variable in declared.items():
        values = variable.check(written[name], sizes)
        if variable.dims[:1] == ("time",):
            fields |= {f"{name}@{number}": values[number] for number in range(len(states))}
        else:
            fields[name] = values
    return fields


class RunCourse(DeclaredLayers):
    """The inputs of one analysis; what is not declared raises `HookError`."""

    def __init__(
        self,
        analysis: Analysis,
        city: City,
        sizes: Mapping[str, int],
        assets: frozenset[Asset],
        states: Sequence[State],
    ) -> None:
        super().__init__(analysis, city, sizes, assets)
        self._states = states

    @property
    def times(self) -> NDArray[np.float64]:
        """End of every step, s."""
        return np.array([state.time for state in self._states], np.float64)

    def at(self, variable: Variable, number: int) -> NDArray[Any]:
        """A field at the end of a step."""
        if not any(isinstance(read, Series) and read.variable == variable for read in self._owner.reads):
            raise self._undeclared(f"the course of {variable.name}")
        return read_only(self._states[number].field(variable))
