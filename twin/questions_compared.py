"""What two questions differ in, told in sentences that can be put into any language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from geodata.phrase import Phrase, phrase
from twin.difference import changed_parts
from twin.presence import wanted
from twin.question import Note, note
from twin.question_words import MEASURE_PARTS, PARTS, WATERS, Part
from twin.scenario import Measure, Scenario
from twin.scenario.kinds import title_of


def what_differs(one: Scenario, other: Scenario) -> tuple[Note, ...]:
    """What two questions differ in, in sentences; names and descriptions apart.

    Parameters
    ----------
    one, other
        The questions; the sentences tell what stands in the second in place of the first.

    Examples
    --------
    >>> dry = Scenario.model_validate({"name": "dry", "duration": "1 h"})
    >>> closed = dry.model_copy(update={"name": "closed", "duration": 7200})
    >>> [each.text for each in what_differs(dry, closed)]
    ['the time computed is 2 h in closed, 1 h in dry.']
    """
    first, second = (s.model_dump(mode="json", exclude={"name", "description", "measures", "people"}) for s in (one, other))
    names = {"first": one.name, "second": other.name}
    told: list[Note] = []
    sources = [_at(values, ("water", "source")) or "none" for values in (first, second)]
    if sources[0] != sources[1]:
        words = [Phrase(WATERS.get(source, source)) for source in sources]
        told.append(note("The water is {other} in {second}, {one} in {first}.", one=words[0], other=words[1], **names))
        first, second = ({name: value for name, value in each.items() if name != "water"} for each in (first, second))
    if wanted(one) != wanted(other):
        home, away = (one, other) if wanted(one) == "at_home" else (other, one)
        told.append(
            note("{home} counts residents at home, {away} people where they are by day.", home=home.name, away=away.name)
        )
    for what, a, b in _changes(first, second, PARTS):
        if a is None:
            told.append(note("{what} differs between {first} and {second}.", what=what, **names))
        else:
            told.append(note("{what} is {other} in {second}, {one} in {first}.", what=what, one=a, other=b, **names))
    mine, theirs = (
        [measure for measure in s.measures if measure not in against.measures] for s, against in ((one, other), (other, one))
    )
    for measure in mine:
        changed = next((each for each in theirs if _same_measure(measure, each)), None)
        if changed is None:
            told.append(_only(measure, one))
        else:
            theirs.remove(changed)
            told += _done_otherwise(measure, changed, names)
    return (*told, *(_only(measure, other) for measure in theirs))


def _done_otherwise(measure: Measure, changed: Measure, names: Mapping[str, str]) -> Iterator[Note]:
    """What of a measure is otherwise in the second question."""
    told: dict[str, str] = {"measure": measure.name, **names}
    for what, a, b in _changes(measure.model_dump(mode="json"), changed.model_dump(mode="json"), MEASURE_PARTS):
        if a is None:
            yield note("The measure {measure}: {what} differs between {first} and {second}.", what=what, **told)
        else:
            yield note(
                "The measure {measure}: {what} is {other} in {second}, {one} in {first}.", what=what, one=a, other=b, **told
            )


def _changes(first: Any, second: Any, words: Mapping[str, Part]) -> Iterator[tuple[Phrase, object, object]]:
    """Each part that differs, in words, and its two values; None twice where these are no plain ones."""
    told: list[Phrase] = []
    for path in changed_parts(first, second):
        a, b = (_at(values, path.split(" ")) for values in (first, second))
        known = max((name for name in words if path == name or path.startswith(f"{name} ")), key=len, default="")
        what, shown = words.get(known, ("{setting}", str))
        setting = path.removeprefix(known).strip().replace("_", " ")
        of = (
            phrase("{part} ({setting})", part=Phrase(what), setting=setting)
            if known and setting
            else phrase(what, setting=setting)
        )
        plain = all(isinstance(value, int | float | str | bool | None) for value in (a, b))
        values = tuple(_shown(value, shown if path == known else str) for value in (a, b)) if plain else (None, None)
        if plain or of not in told:
            yield of, values[0], values[1]
        told.append(of)


def _shown(value: Any, how: Callable[[Any], object]) -> object:
    if value is None or value == "":
        return Phrase("not given")
    if isinstance(value, bool):
        return Phrase("on") if value else Phrase("off")
    return value if how is str else how(value)


def _same_measure(one: Measure, two: Measure) -> bool:
    """Whether people would call it one measure, done otherwise."""
    return bool(one.name) and (one.kind, one.name) == (two.kind, two.name)


def _only(measure: Measure, scenario: Scenario) -> Note:
    return note(
        "The measure {measure} from {minute} min is in {scenario} only.",
        measure=title_of(measure),
        minute=measure.start / 60,
        scenario=scenario.name,
    )


def _at(values: Any, path: Sequence[str]) -> Any:
    for name in path:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values
