"""Who gains and who loses minutes by going from one answer to another, by district and age, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from layers.language import Language, mark
from layers.people import WHOSE, area_kind
from layers.people_table import people_frames
from layers.themes import GROUP_LABELS
from twin.breakdown import people_by_area
from twin.comparison import GAINS, LOSES, UNKNOWN, Gains, Minutes, gains
from twin.presence import counted, people_of
from twin.privacy import SMALLEST, release_counts
from twin.scenario.rules import Group
from twin.state import State

MINUTES: dict[Minutes, str] = {"time_left": mark("Time left to set out"), "travel_time": mark("Time to a shelter")}
"""What minutes are told of; translation keys."""
MINUTES_FIELD: dict[Minutes, str] = {"time_left": "building_time_left", "travel_time": "building_shelter_time"}
"""The field that tells them."""


@dataclass(frozen=True)
class GainsTold:
    """Gains and losses in words and numbers.

    Parameters
    ----------
    sentences
        How many people gain, lose, have the same, and of whom it is unknown.
    tables
        (title, table) of those who gain and those who lose: districts by age bands with totals; NaN = withheld or unknown.
    """

    sentences: tuple[str, ...]
    tables: tuple[tuple[str, pd.DataFrame], ...]


def gains_told(
    before: State, after: State, *, what: Minutes, group: Group, language: Language, public: bool = False
) -> GainsTold:
    """Who gains and who loses from one answer to another.

    Parameters
    ----------
    before, after
        States of both answers at the same moment.
    what, group
        Which minutes, and whose.
    language
        The reader's.
    public
        Whether the privacy rule applies.

    Raises
    ------
    InputError
        When a state does not tell these minutes.
    """
    found = gains(before, after, what=what, group=group)
    return GainsTold(_sentences(found, before, after, language, public), _tables(found, after, language, public))


def _sentences(found: Gains, before: State, after: State, language: Language, public: bool) -> tuple[str, ...]:
    text = language.text
    there = people_of(after)
    people: dict[str, float | None] = dict(found.people(there))
    kept = release_counts([people])[0] if public else people

    def count(name: str) -> str:
        value = kept[name]
        return text("fewer than {smallest}, withheld", smallest=SMALLEST) if value is None else language.number(value, 0)

    made = [text("{group}: {what}.", group=text(GROUP_LABELS[found.group]), what=text(MINUTES[found.what]))]
    if counted(before) != counted(after):
        whose = text(WHOSE[counted(after)])
        made.append(
            text("The two count people in different places; counted here are those of the second: {whose}.", whose=whose)
        )
    for name, verdict, template, alone in (
        (
            "gain",
            GAINS,
            mark("{people} people gain, half of them {minutes} min or more."),
            mark("1 person gains {minutes} min."),
        ),
        (
            "lose",
            LOSES,
            mark("{people} people lose, half of them {minutes} min or more."),
            mark("1 person loses {minutes} min."),
        ),
    ):
        typical = None if kept[name] is None else found.typical(there, verdict)
        if typical is None:
            bare = mark("{people} people gain.") if name == "gain" else mark("{people} people lose.")
            made.append(text(bare, people=count(name)))
        else:
            chosen = alone if count(name) == "1" else template
            made.append(text(chosen, people=count(name), minutes=language.number(abs(typical), 0)))
    made.append(
        text(
            "1 person has the same, within a minute."
            if count("same") == "1"
            else "{people} people have the same, within a minute.",
            people=count("same"),
        )
    )
    if people["unknown"]:
        made.append(
            text(
                "Of 1 person it is unknown." if count("unknown") == "1" else "Of {people} people it is unknown.",
                people=count("unknown"),
            )
        )
    return tuple(made)


def _tables(found: Gains, state: State, language: Language, public: bool) -> tuple[tuple[str, pd.DataFrame], ...]:
    text, kind = language.text, area_kind(state)
    unknown = found.verdict == UNKNOWN
    parts = [
        people_by_area(state, np.where(unknown, np.nan, found.verdict == verdict), kind=kind) for verdict in (GAINS, LOSES)
    ]
    shown = people_frames(parts, language, public=public)
    return ((text("Gain minutes"), shown[0]), (text("Lose minutes"), shown[1]))
