"""What two questions about one city differ in, and what that makes of every hook: reused, or computed again, and why.

Everything here is read off the keys: what goes into a step stands in its key, so two steps with the same key are the same, and
of two that differ the parts tell why. No array is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from geodata.city import City
from twin.coupling import CoupledGroup
from twin.hook import Current, Previous, SimulationHook
from twin.keys import canonical
from twin.model import Twin
from twin.question import Note, Question, Step, note
from twin.run import Run
from twin.scenario import Scenario
from twin.store import FieldStore

Fate = Literal["reused", "computed", "unsure"]

SAME = "{hook}: reused, as nothing that it reads has changed."
KNOWN = "{hook}: reused, as this was asked before."
OWN = "{hook}: computed from {minute} min on, as this changed: {what}."
FOLLOWS = "{hook}: computed from {minute} min on, as {cause} gives something else."
PERHAPS = "{hook}: computed from {minute} min on if {cause} gives something else."
NEW = "{hook}: computed, as nothing like it is known here."
LOST = "{hook}: computed from {minute} min on, as what was known of it is no longer kept."


@dataclass(frozen=True)
class HookDifference:
    """What becomes of a hook when a question is asked after another one.

    Parameters
    ----------
    hook
        Its name.
    fate
        "reused" in every step; "computed" in some; "unsure" when that hangs on a field that is not computed yet.
    since
        Start of the first step that is not reused, s; None when all are.
    causes
        Names of the hooks whose own part of the question differs and which this one follows; itself when it is its own.
    reason
        The sentence.
    """

    hook: str
    fate: Fate
    since: int | None
    causes: tuple[str, ...]
    reason: Note


def differences(
    city: City,
    store: FieldStore,
    scenario: Scenario,
    base: Scenario | None,
    *,
    run: Run | None = None,
    before: Run | None = None,
) -> tuple[HookDifference, ...]:
    """What a run of ``scenario`` reuses and computes, hook by hook in the order in which they step, and why.

    Parameters
    ----------
    city, store
        The city, and what is known of it.
    scenario
        What is asked.
    base
        What was asked before; None = nothing was.
    run, before
        The runs of both, once they are there: then all is known, and what has the same key in both was not computed twice.

    Raises
    ------
    InputError
        When the city cannot answer the question.

    Examples
    --------
    See ``tests/twin/test_difference.py``.
    """
    twin = Twin(city, store).of(scenario)
    question = Question(scenario, city)
    taken = _planned(twin, scenario) if run is None else _done(run, before)
    earlier = Question(base, city) if base is not None else None
    own = {hook.name: first_change(hook, question, earlier) for hook in twin.order} if earlier is not None else {}
    writer = {variable.name: hook.name for hook in twin.order for variable in hook.writes}
    above = {
        hook.name: {writer[r.variable.name] for r in hook.reads if isinstance(r, Current | Previous)} for hook in twin.order
    }
    found = []
    for hook in twin.order:
        fates = [fates_then[hook.name] for _, fates_then in taken]
        first = next((start for (start, _), fate in zip(taken, fates, strict=True) if fate != "reused"), None)
        fate: Fate = "reused" if first is None else "computed" if "computed" in fates else "unsure"
        causes = tuple(sorted(name for name in _above(hook.name, above) if own.get(name) is not None))
        found.append(HookDifference(hook.name, fate, first, causes, _reason(hook.name, fate, first, causes, own, base is None)))
    return tuple(found)


def _planned(twin: Twin, scenario: Scenario) -> list[tuple[int, Mapping[str, str]]]:
    """Start of each step, and what would become of every hook in it."""
    return [(plan.step.start, plan.hooks) for plan in twin.plan(scenario)]


def _done(run: Run, before: Run | None) -> list[tuple[int, Mapping[str, str]]]:
    """Start of each step, and what became of every hook in it.

    What a run found in the store may be its own work, from before it was interrupted or from a look: its keys tell the truth.
    """
    kept = {(step.start, step.end): step.keys for step in (before.steps if before is not None else ())}
    return [
        (
            step.start,
            {
                name: "reused" if kept.get((step.start, step.end), {}).get(name) == key else "computed"
                for name, key in step.keys.items()
            },
        )
        for step in run.steps
    ]


def first_change(hook: SimulationHook, question: Question, before: Question) -> tuple[int, tuple[str, ...]] | None:
    """Since when (s), and in what, the part of two questions that matters to a hook differs; None = in nothing.

    A question that is cut into other steps differs in "step" from the first of these on, a longer one in "duration".
    """
    known = set(before.steps)
    for step in question.steps:
        if step.start >= before.scenario.duration > 0:
            return step.start, ("duration",)
        if step not in known:
            return step.start, ("step",)
        paths = changed_parts(_parameters(hook, before, step), _parameters(hook, question, step))
        if first := tuple(dict.fromkeys(paths)):
            return step.start, first
    return None


def _parameters(hook: SimulationHook, question: Question, step: Step) -> Mapping[str, Any]:
    """A hook's part of a question; of a group that of its members, name by name: nobody asked for intervals."""
    if not isinstance(hook, CoupledGroup):
        whole: Mapping[str, Any] = canonical(hook.parameters(question, step))
        return whole
    found: dict[str, list[Any]] = {}
    for part in hook.parameters(question, step)["intervals"]:
        for parameters in part["members"]:
            for name, value in parameters.items():
                found.setdefault(name, []).append(canonical(value))
    return found


def changed_parts(one: Any, two: Any, path: str = "") -> Iterator[str]:
    """Names of the plain values that differ, down to the name that a person knows: "closed", "limits car", "water level".

    Where something that both have differs, what only one of them has is its consequence and is not told: a first order brings
    its seed, its pace and its roads along, and none of these was changed.

    Examples
    --------
    >>> list(changed_parts({"closed": ["a"], "limits": {"car": 0.1}}, {"closed": [], "limits": {"car": 0.2}}))
    ['closed', 'limits car']
    >>> list(changed_parts({"orders": []}, {"orders": ["level 4"], "seed": 0}))
    ['orders']
    """
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        differ = [name for name in sorted(one.keys() | two.keys()) if one.get(name) != two.get(name)]
        for name in [name for name in differ if name in one and name in two] or differ:
            yield from changed_parts(one.get(name), two.get(name), f"{path} {name}".strip())
    elif one != two:
        yield path


def _above(name: str, above: Mapping[str, set[str]]) -> set[str]:
    """A hook and everything that it follows."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += above.get(each, ())
    return found


def _reason(
    hook: str, fate: Fate, since: int | None, causes: tuple[str, ...], own: Mapping[str, tuple[int, tuple[str, ...]] | None],
    first: bool,
) -> Note:  # fmt: skip
    words = hook.replace("_", " ").replace("+", " and ")
    if since is None:
        return note(KNOWN if causes else SAME, hook=words)
    minute = since / 60
    if first:
        return note(NEW, hook=words)
    mine = own.get(hook)
    if mine is not None:
        return note(OWN, hook=words, minute=minute, what=", ".join(part.replace("_", " ") for part in mine[1]))
    others = ", ".join(name.replace("_", " ") for name in causes)
    if not others:
        return note(LOST, hook=words, minute=minute)
    return note(FOLLOWS if fate == "computed" else PERHAPS, hook=words, minute=minute, cause=others)
