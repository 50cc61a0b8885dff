"""The twin: a city and hooks. It keeps no state; `Twin.advance` is the only place where state changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from operator import eq
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geodata.city import City
from geodata.processors import processors
from twin.coupling import DEFAULT_INTERVAL, CoupledGroup
from twin.hook import ChangingHook, Current, HookError, Parameters, Previous, SimulationHook, installed_hooks
from twin.inputs import StepInputs
from twin.keys import assets_in, step_key
from twin.observer import Observer
from twin.question import Question, Step
from twin.remarks import require_sense
from twin.scenario import Scenario
from twin.state import State, sizes_of
from twin.store import FieldLost, FieldStore, Record
from twin.turns import take_turns
from twin.variable import Variable

_Got = TypeVar("_Got")

Pulse = Callable[[str, float], None]
"""Told the name of a hook and how much of its step is done (0–1), a few times a second while it works; may raise to stop it."""


@dataclass(frozen=True)
class Deed:
    """What happened to one hook in one step."""

    hook: str
    record: Record
    computed: bool


@dataclass(frozen=True)
class Advance:
    """One step done: the fields that stand in the new state, and how each came about."""

    step: Step
    digests: Mapping[str, str]
    deeds: tuple[Deed, ...]


@dataclass(frozen=True)
class PlannedStep:
    """What a step would do: hook by hook "reused", "computed", or "unsure" when it hangs on a field not yet computed."""

    step: Step
    hooks: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Twin:
    """A city with the hooks that move it.

    Parameters
    ----------
    city
        The frozen city.
    store
        Where computed fields are kept.
    hooks
        The hooks, in any order; every installed one unless given.
    coupling_interval
        Interval on which hooks that feed each other in a circle step together, s.

    Raises
    ------
    HookError
        When two hooks write one variable, or one reads what none writes.
    """

    city: City
    store: FieldStore
    hooks: Sequence[SimulationHook] = field(default_factory=installed_hooks)
    coupling_interval: int = DEFAULT_INTERVAL

    @cached_property
    def order(self) -> tuple[SimulationHook, ...]:
        """The hooks in the order in which they step, circles joined into coupled groups."""
        writer: dict[str, int] = {}
        for number, hook in enumerate(self.hooks):
            for variable in hook.writes:
                if variable.name in writer:
                    raise HookError(
                        "{variable} is written by {one} and by {two}; a variable has one writer only.",
                        variable=variable.name,
                        one=self.hooks[writer[variable.name]].name,
                        two=hook.name,
                    )
                writer[variable.name] = number
        edges: list[tuple[int, int]] = []
        feedback: list[tuple[int, int]] = []
        for number, hook in enumerate(self.hooks):
            for read in hook.reads:
                if hasattr(read, "variable") and read.variable.name not in writer:
                    raise HookError(
                        "{hook} reads {variable}, which no hook of this twin writes; add one that does.",
                        hook=hook.name,
                        variable=read.variable.name,
                    )
                if isinstance(read, Current):
                    edges.append((writer[read.variable.name], number))
                elif isinstance(read, Previous) and read.coupled:
                    feedback.append((writer[read.variable.name], number))
        return _ordered(self.hooks, edges, feedback, self.coupling_interval)

    @cached_property
    def waits(self) -> tuple[frozenset[int], ...]:
        """For each hook of `order`, the places in it of those whose fields of the same step it reads."""
        writer = {variable.name: number for number, hook in enumerate(self.order) for variable in hook.writes}
        return tuple(
            frozenset(writer[read.variable.name] for read in hook.reads if isinstance(read, Current)) - {number}
            for number, hook in enumerate(self.order)
        )

    def of(self, scenario: Scenario) -> Twin:
        """The twin with every hook as a scenario needs it: a circle that the question does not close is left open."""
        written = frozenset(variable.name for hook in self.hooks for variable in hook.writes)
        hooks = [hook.for_question(scenario, written) if isinstance(hook, ChangingHook) else hook for hook in self.hooks]
        return self if all(map(eq, hooks, self.hooks)) else replace(self, hooks=tuple(hooks))

    @cached_property
    def variables(self) -> Mapping[str, Variable]:
        """Every variable of the states, by name."""
        return {variable.name: variable for hook in self.order for variable in hook.writes}

    def advance(self, question: Question, step: Step, previous: Mapping[str, str], *, pulse: Pulse | None = None) -> Advance:
        """Take one step: each hook's fields from the store if its key is known, else computed and stored.

        Parameters
        ----------
        question
            The scenario asked of this city.
        step
            The step to take.
        previous
            Name of the content of each field at the step's start; empty before the first step.
        pulse
            Told how far a hook is that takes its time; may raise to stop.
        """
        current: dict[str, str] = {}

        def act(number: int) -> Deed:
            deed = self.take(self.order[number], question, step, current, previous, pulse=pulse)
            current.update(deed.record.fields)
            return deed

        deeds = take_turns(self.waits, act, threads=processors())
        return Advance(step, {name: digest for deed in deeds for name, digest in deed.record.fields.items()}, tuple(deeds))

    def take(
        self, hook: SimulationHook, question: Question, step: Step, current: Mapping[str, str], previous: Mapping[str, str],
        *, pulse: Pulse | None = None,
    ) -> Deed:  # fmt: skip
        """The step of one hook: found in the store, else computed and stored.

        Parameters
        ----------
        hook
            One of `order`.
        question, step, pulse
            As for `advance`.
        current, previous
            Name of the content of each field that it reads, of this step and of the one before.
        """
        parameters = hook.parameters(question, step)
        key = step_key(hook, self.city, parameters, step.duration, current, previous)
        record = self._found(key)
        if record is not None:
            return Deed(hook.name, record, computed=False)
        own = partial(pulse, hook.name) if pulse is not None else None
        with self.store.flight(key, while_waiting=partial(own, 0.0) if own is not None else None):
            record = self._found(key)
            if record is not None:
                return Deed(hook.name, record, computed=False)
            sizes = sizes_of(self.city, question.presence)
            return Deed(hook.name, self._compute(hook, key, parameters, sizes, step, current, previous, own), computed=True)

    def find(
        self, hook: SimulationHook, question: Question, step: Step, current: Mapping[str, str], previous: Mapping[str, str]
    ) -> Record | None:
        """What is known of the step of one hook, without computing or loading anything."""
        return self._found(step_key(hook, self.city, hook.parameters(question, step), step.duration, current, previous))

    def ask(self, scenario: Scenario) -> Question:
        """The scenario asked of this city, with every hook's parameters for every step tried out before anything is computed.

        Raises
        ------
        InputError
            When the city cannot answer it: a hazard map, road or shelter that it does not have.
        """
        question = Question(scenario, self.city)
        require_sense(question)
        hooks = self.of(scenario).order
        for step in question.steps:
            for hook in hooks:
                hook.parameters(question, step)
        return question

    def run(
        self, scenario: Scenario, observers: Iterable[Observer] = (), *, pulse: Pulse | None = None
    ) -> Iterator[tuple[State, Advance]]:
        """Yield the state at the end of every step, the one at time 0 first, each shown to the observers before.

        Leaving off early is safe: what was computed is in the store, and the next run of the same scenario goes on there.
        A field that turns out to be damaged or evicted, here or when it is asked of a state, is computed again.
        """
        tied = self.of(scenario)
        if tied is not self:
            yield from tied.run(scenario, observers, pulse=pulse)
            return
        question = self.ask(scenario)
        digests: Mapping[str, str] = {}
        for number, step in enumerate(question.steps):
            advance = self._mended(question, number, partial(self.advance, question, step, digests, pulse=pulse))
            digests = advance.digests
            state = replace(self.state(step.end, digests), load=partial(self._load, question, number + 1))
            for observer in observers:
                observer.see(state)
            yield state, advance

    def state(self, moment: int, digests: Mapping[str, str]) -> State:
        """The state whose fields have these contents."""
        return State(self.city, moment, {n: v for n, v in self.variables.items() if n in digests}, digests, self.store.field)

    def plan(self, scenario: Scenario) -> tuple[PlannedStep, ...]:
        """What a run would reuse and what it would compute, without loading an array."""
        tied = self.of(scenario)
        if tied is not self:
            return tied.plan(scenario)
        question = Question(scenario, self.city)
        planned = []
        previous: dict[str, str | None] = {}
        for step in question.steps:
            current: dict[str, str | None] = {}
            fates: dict[str, str] = {}
            for hook in self.order:
                names = [
                    (r.variable.name, current if isinstance(r, Current) else previous)
                    for r in hook.reads
                    if hasattr(r, "variable")
                ]
                if any(fields.get(name, "") is None for name, fields in names):
                    fates[hook.name] = "unsure"
                    current |= dict.fromkeys((v.name for v in hook.writes), None)
                    continue
                record = self.find(hook, question, step, _known(current), _known(previous))
                fates[hook.name] = "computed" if record is None else "reused"
                current |= dict.fromkeys((v.name for v in hook.writes), None) if record is None else dict(record.fields)
            planned.append(PlannedStep(step, fates))
            previous = current
        return tuple(planned)

    def _load(self, question: Question, steps: int, digest: str) -> NDArray[Any]:
        return self._mended(question, steps, partial(self.store.field, digest))

    def _mended(self, question: Question, steps: int, act: Callable[[], _Got]) -> _Got:
        """What ``act`` gives. When the store has lost a field that it needs, that many first steps are taken once more.

        What is still there is only looked up. That a damaged entry is damaged shows when it is read, and then it is gone:
        each round mends one at least. A field that is lost twice does not fit into the store, and is not tried again.
        """
        lost: set[object] = set()
        while True:
            try:
                if lost:
                    digests: Mapping[str, str] = {}
                    for step in question.steps[:steps]:
                        digests = self.advance(question, step, digests).digests
                return act()
            except FieldLost as loss:
                digest = loss.values.get("digest")
                if digest in lost:
                    raise
                lost.add(digest)

    def _found(self, key: str) -> Record | None:
        record = self.store.find(key)
        return record if record is not None and all(map(self.store.has, record.fields.values())) else None

    def _compute(
        self, hook: SimulationHook, key: str, parameters: Parameters, sizes: Mapping[str, int], step: Step,
        current: Mapping[str, str], previous: Mapping[str, str], pulse: Callable[[float], None] | None,
    ) -> Record:  # fmt: skip
        inputs = StepInputs(
            hook,
            self.city,
            sizes,
            assets_in(parameters),
            current=lambda name: self.store.field(current[name]),
            previous=lambda name: self.store.field(previous[name]) if name in previous else None,
            pulse=pulse,
        )
        began = time.perf_counter()
        written = hook.step(inputs, parameters, step.duration)
        declared = {variable.name for variable in hook.writes}
        if set(written) != declared:
            raise HookError(
                "The hook {hook} wrote {written}; it declares {declared}.",
                hook=hook.name,
                written=", ".join(sorted(written)),
                declared=", ".join(sorted(declared)),
            )
        fields = {variable.name: variable.check(written[variable.name], sizes) for variable in hook.writes}
        return self.store.put(key, fields, wall=time.perf_counter() - began)


def _known(fields: Mapping[str, str | None]) -> dict[str, str]:
    return {name: digest for name, digest in fields.items() if digest is not None}


def _ordered(
    hooks: Sequence[SimulationHook], edges: list[tuple[int, int]], feedback: list[tuple[int, int]], interval: int
) -> tuple[SimulationHook, ...]:
    """Hooks sorted so that writers come first, ties by name; strongly connected ones become one group.

    Within a group the feedback lies one interval back, so that it does not count for the order; a circle of current reads that
    is left is cut by name.
    """
    count = len(hooks)
    if not count:
        return ()
    pairs = np.array([*edges, *feedback], dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=True, connection="strong")
    looped = {a for a, b in edges if a == b}
    groups: dict[int, SimulationHook] = {}
    for number in set(label.tolist()):
        members = _in_turn([i for i in range(count) if label[i] == number], edges, [hook.name for hook in hooks])
        alone = len(members) == 1 and members[0] not in looped
        groups[number] = hooks[members[0]] if alone else CoupledGroup(tuple(hooks[i] for i in members), interval)
    waits: dict[int, set[int]] = {number: set() for number in groups}
    for a, b in edges:
        if label[a] != label[b]:
            waits[int(label[b])].add(int(label[a]))
    ordered: list[SimulationHook] = []
    done: set[int] = set()
    while len(done) < len(groups):
        ready = min((n for n in groups if n not in done and waits[n] <= done), key=lambda n: groups[n].name)
        ordered.append(groups[ready])
        done.add(ready)
    return tuple(ordered)


def _in_turn(members: list[int], edges: list[tuple[int, int]], names: Sequence[str]) -> list[int]:
    """Members of a group, writers before readers as far as that goes; ties, and circles that are left, by name."""
    waits = {member: {a for a, b in edges if b == member and a in members and a != member} for member in members}
    turn: list[int] = []
    while len(turn) < len(members):
        left = [member for member in members if member not in turn]
        ready = [member for member in left if waits[member] <= set(turn)] or left
        turn.append(min(ready, key=lambda member: names[member]))
    return turn
