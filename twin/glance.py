"""A glance at one moment of a changed question: what can be told at once, before the whole run is there.

Fields of other moments are looked up, not computed. What hangs on a chain of earlier steps that are not known (an evacuation
that began an hour before) is computed only if that is quick; else it is left out and comes with the run. Everything that is
computed stands in the field store under the very keys that the run will ask for: nothing is done twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twin.hook import Current, Previous, SimulationHook
from twin.model import Pulse, Twin
from twin.opened import opened_city, opened_twin
from twin.question import Question, Step
from twin.scenario import Scenario
from twin.store import FieldLost
from twin.work import Reporter
from twin.workspace import Workspace

PATIENCE = 0.7
"""Seconds that a glance may take for what others read in the same step, such as how deep the water stands at buildings."""
_MENDED = 3
_LEAF_SHARE = 0.4
"""Of these seconds, for what nobody else waits for, such as an evacuation; all of them when nothing else had to be computed:
then it is what was asked about."""
_FIRST = 3.0
"""The first step of a chain may open files: it is given up after one step only if so many times too slow."""


@dataclass(frozen=True)
class Glance:
    """What is known of one moment.

    Parameters
    ----------
    time
        The moment: end of the last step that ends by then, s since the scenario's start.
    digests
        Name of the content of each field, by variable.
    left_out
        Variables that hang on a long chain of steps which nobody has computed yet.
    computed
        Hooks that had to be computed for it.
    """

    time: int
    digests: Mapping[str, str]
    left_out: tuple[str, ...]
    computed: tuple[str, ...]


def glance(
    twin: Twin, question: Question, moment: int, *, patience: float = PATIENCE, pulse: Pulse | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Glance:  # fmt: skip
    """Look at one moment of a question.

    Parameters
    ----------
    twin
        City, hooks and store.
    question
        The question; asked of the same city.
    moment
        Seconds since the scenario's start.
    patience
        Seconds after which nothing more that takes long is begun, and what says how far it is (`Inputs.pulse`) is given up.
    pulse
        As for `Twin.advance`.
    clock
        Measures these seconds.

    Returns
    -------
    Glance
        Its fields are the very ones that a run gives at that moment, though not all of them.
    """
    steps = [step for step in question.steps if step.end <= max(moment, 0)]
    look = _Look(twin, question, steps, clock(), patience, pulse, clock)
    look.find_all()
    for hook in twin.order:
        look.see(hook)
    last = len(steps) - 1
    digests = {v.name: look.fields[last][v.name] for hook in twin.order for v in hook.writes if v.name in look.fields[last]}
    left_out = tuple(sorted(set(twin.variables) - set(digests)))
    return Glance(steps[-1].end, digests, left_out, tuple(look.walls))


class _TooLongError(Exception):
    """Stops a hook that says how far it is when the glance has no more time for it."""


@dataclass
class _Look:
    """What has been found so far; ``fields`` holds the known digests at the end of each step."""

    twin: Twin
    question: Question
    steps: Sequence[Step]
    began: float
    patience: float
    pulse: Pulse | None
    clock: Callable[[], float]
    walls: dict[str, float] = field(default_factory=dict)
    """Seconds that each hook took that was computed."""

    def __post_init__(self) -> None:
        self.fields: list[dict[str, str]] = [{} for _ in self.steps]
        self.writer = {variable.name: hook for hook in self.twin.order for variable in hook.writes}
        reads = [(hook, read) for hook in self.twin.order for read in hook.reads if isinstance(read, Current)]
        self.awaited = {self.writer[read.variable.name].name for _, read in reads}
        self.deadline = self.began + self.patience

    def find_all(self) -> None:
        """Look up what later steps remember of the earlier ones, as far as it is known."""
        chained = [hook for hook in self.twin.order if any(isinstance(read, Previous) for read in hook.reads)]
        wanted = self._needed_by(chained)
        for number in range(len(self.steps) - 1):
            for hook in self.twin.order:
                if hook.name in wanted and self._ready(hook, number):
                    record = self.twin.find(hook, self.question, self.steps[number], *self._inputs(hook, number))
                    if record is not None:
                        self.fields[number] |= record.fields

    def see(self, hook: SimulationHook) -> None:
        """Find or compute a hook's step at the moment that is looked at, with the chain that it hangs on if that is quick."""
        self.deadline = self.began + self.patience * (1.0 if hook.name in self.awaited or not self.walls else _LEAF_SHARE)
        with suppress(_TooLongError):
            if not self.take(hook, len(self.steps) - 1):
                self.follow(hook)

    def take(self, hook: SimulationHook, number: int) -> bool:
        """Find or compute a step of a hook, if all that it reads is known; False if it is not."""
        if self._has(hook, number):
            return True
        if not self._ready(hook, number):
            return False
        current, previous = self._inputs(hook, number)
        deed = self.twin.take(hook, self.question, self.steps[number], current, previous, pulse=self._beat)
        self.fields[number] |= deed.record.fields
        if deed.computed:
            self.walls[hook.name] = deed.record.wall
        return True

    def follow(self, hook: SimulationHook) -> None:
        """Compute the chain of earlier steps that a hook hangs on, and its last one, unless that takes too long."""
        needed = self._needed_by([hook])
        order = [other for other in self.twin.order if other.name in needed]
        last = len(self.steps) - 1
        missing = [number for number in range(last + 1) if not all(self._has(other, number) for other in order)]
        if self.clock() + len(missing) * sum(self.walls.get(other.name, 0.0) for other in order) > self.deadline:
            return
        for done, number in enumerate(missing):
            before = self.clock()
            if not all(self.take(other, number) for other in order):
                return
            now = self.clock()
            left = (now - before) * (len(missing) - done - 1) / (1 if done else _FIRST)
            if left and now + left > self.deadline:
                return

    def _beat(self, hook: str, share: float) -> None:
        if self.pulse is not None:
            self.pulse(hook, share)
        if self.clock() > self.deadline:
            raise _TooLongError

    def _needed_by(self, hooks: Sequence[SimulationHook]) -> set[str]:
        """Names of hooks whose fields these read, of the same step or of the one before, and so on; they themselves too."""
        found: dict[str, SimulationHook] = {}
        waiting = list(hooks)
        while waiting:
            hook = waiting.pop()
            if hook.name not in found:
                found[hook.name] = hook
                waiting += [self.writer[r.variable.name] for r in hook.reads if isinstance(r, Current | Previous)]
        return set(found)

    def _has(self, hook: SimulationHook, number: int) -> bool:
        return all(variable.name in self.fields[number] for variable in hook.writes)

    def _ready(self, hook: SimulationHook, number: int) -> bool:
        current, previous = self.fields[number], self.fields[number - 1] if number else None
        return all(
            read.variable.name in current if isinstance(read, Current) else previous is None or read.variable.name in previous
            for read in hook.reads
            if isinstance(read, Current | Previous)
        )

    def _inputs(self, hook: SimulationHook, number: int) -> tuple[dict[str, str], dict[str, str]]:
        current = {r.variable.name: self.fields[number][r.variable.name] for r in hook.reads if isinstance(r, Current)}
        if not number:
            return current, {}
        before = self.fields[number - 1]
        return current, {r.variable.name: before[r.variable.name] for r in hook.reads if isinstance(r, Previous)}


def look_job(payload: Mapping[str, Any], report: Reporter) -> dict[str, Any]:
    """A job for a worker: a glance at one moment.

    Parameters
    ----------
    payload
        As for `twin.simulation.simulate_job`, and ``moment``: seconds since the scenario's start.
    report
        Asked whether anybody still waits.

    Returns
    -------
    dict
        ``time``, ``fields`` (digest by variable), ``left_out`` (variables), ``computed`` (hooks), ``wall`` (s).
    """
    began = time.perf_counter()
    workspace, scenario = Workspace(Path(payload["workspace"])), Scenario.model_validate(payload["scenario"])
    twin = opened_twin(opened_city(Path(payload["city"])), workspace)
    question = twin.ask(scenario)
    report(0, 1)
    for _ in range(_MENDED):
        with suppress(FieldLost):  # what turned out to be damaged is gone now, and is computed again
            seen = glance(twin, question, int(payload["moment"]), pulse=lambda _, share: report.within(share))
            break
    else:
        seen = glance(twin, question, int(payload["moment"]), pulse=lambda _, share: report.within(share))
    return {
        "time": seen.time, "fields": dict(seen.digests), "left_out": list(seen.left_out), "computed": list(seen.computed),
        "wall": round(time.perf_counter() - began, 3),
    }  # fmt: skip
