"""A scenario asked of a city: the question that hooks take their parameters from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from geodata.city import City
from geodata.errors import InputError
from geodata.hazard_map import HazardMap
from geodata.phrase import Phrase
from twin.asset import Asset
from twin.duration import Span
from twin.presence import COLUMN, Where, presence_of, tells_by_day, wanted
from twin.scenario import HazardMapWater, Scenario

NO_DAY = "{city} does not say where people are by day: residents are counted at home."


@dataclass(frozen=True)
class Step:
    """One step of a run: from ``start`` (excluded) to ``end``, s since the scenario's start. The first has no duration."""

    start: int
    end: int

    @property
    def duration(self) -> int:
        """Seconds."""
        return self.end - self.start


Value = str | Phrase | Span
"""What stands in a note: text, or what is said in the reader's language."""


@dataclass(frozen=True)
class Note:
    """What a reader of the results must know: a sentence template and its values, so that it can be translated."""

    template: str
    values: Mapping[str, Value]

    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.template.format(**self.values) if self.values else self.template

    @classmethod
    def of(cls, written: object) -> object:
        """A note from a manifest: those of earlier versions are whole sentences, which nobody translates."""
        return cls(written, {}) if isinstance(written, str) else written


def note(template: str, **values: object) -> Note:
    """A note whose values are written as people write them.

    Examples
    --------
    >>> note("Walkers go {speed} m/s.", speed=1.0).text
    'Walkers go 1 m/s.'
    """
    return Note(template, {name: _written(value) for name, value in values.items()})


def _written(value: object) -> Value:
    if isinstance(value, Phrase | Span):
        return value
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, eq=False)
class Question:
    """What hooks may know when they choose their parameters: the scenario, and which assets the city offers by name.

    It gives names and digests only; the content is opened by the model, for the hook that named it.
    """

    scenario: Scenario
    city: City

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps of the run; the first, of no duration, sets the state at time 0."""
        moments = self.scenario.boundaries()
        return (Step(0, 0), *(Step(a, b) for a, b in pairwise(moments)))

    def asset(self, kind: str, name: str, columns: tuple[str, ...] = ()) -> Asset:
        """A reference to a layer of the city by the digest of its content."""
        return Asset(kind, name, self.city.fingerprint_of(name, columns))

    def hazard_maps(self) -> tuple[tuple[HazardMap, ...], tuple[Note, ...]]:
        """The official maps that the scenario's water comes from, and what to say about that choice.

        When the city has no map of the wanted scale, maps that state no scale are taken, then maps of another scale; the
        second value says so. A smaller flood than asked for is a lower bound only (see `HazardHook`).

        Raises
        ------
        InputError
            When the city has no such map at all.
        """
        water = self.scenario.water
        if not isinstance(water, HazardMapWater):
            return (), ()
        known = {name: each for name, each in self.city.hazard_maps.items() if each.tells_depth}
        if water.map:
            if water.map not in known:
                raise InputError(
                    "{city} has no hazard map {map}; it has {known}.",
                    city=self.city.name,
                    map=water.map,
                    known=", ".join(sorted(known)) or "none: import one with --hazard",
                )
            return (known[water.map],), ()
        kinds = {water.hazard} if water.hazard else {"river_flood", "inland_flood", "high_tide", "tsunami", "reservoir", ""}
        maps = sorted((m for m in known.values() if m.hazard in kinds), key=lambda m: m.id)
        if not maps:
            raise InputError(
                "{city} has no official flood map; import one with --hazard, or give the scenario a stage.", city=self.city.name
            )
        for scale in (water.scale, "", *sorted({m.scale for m in maps} - {water.scale, ""}, reverse=True)):
            found = tuple(m for m in maps if m.scale == scale)
            if found:
                break
        if scale == water.scale:
            return found, ()
        named = ", ".join(m.id for m in found)
        values = {"wanted": water.scale, "maps": named, "scale": scale}
        if scale == "":
            return found, (Note("No map states the scale {wanted}; {maps} states none and is taken for it.", values),)
        return found, (Note("No map has the scale {wanted}; {maps} of scale {scale} is taken instead.", values),)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a reader of the results must know about how the question was understood."""
        return (*self.hazard_maps()[1], *self.presence_notes)

    @property
    def presence(self) -> Where:
        """Where people are counted."""
        return presence_of(self.scenario, self.city)

    @property
    def presence_notes(self) -> tuple[Note, ...]:
        """What is to be said where people should be counted by day, and some or all cannot be."""
        if wanted(self.scenario) == "at_home":
            return ()
        if not tells_by_day(self.city):
            return (note(NO_DAY, city=self.city.name),)
        unknown = self.city.table("buildings")[COLUMN["by_day"]].isna()
        if not unknown.any():
            return ()
        template = "Of {count} of {all} buildings nobody says how many people are there by day: unknown, not none."
        return (note(template, count=int(unknown.sum()), all=len(unknown)),)
