"""A link to what a page shows: city, scenarios, camera, layers, colours, moment, comparison. Plain fields, all checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlencode

from geodata.errors import CityTwinError
from layers.scene import Look
from layers.view import View
from twin.question import Note, note
from twin.scenario import Scenario
from twin.scenario.packed import packed, unpacked

MOST_SCENARIOS = 4
_LOOK = {"theme": "buildings", "water": "water", "roads": "roads", "group": "group"}
_PLAIN = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_MARK = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True)
class Link:
    """What a link restores.

    Parameters
    ----------
    city
        Name of the city package.
    made_on
        The beginning of the city's fingerprint when the link was made; "" = not told.
    scenarios
        What is asked; two to four for a comparison, the first of them is compared with. They travel in the link itself.
    saved
        Id of the first scenario in the library of this server, "" when it is not there.
    view
        Camera, layers, step; None = as the page opens.
    look
        Colours.
    mode
        "beside", or what the difference is of ("depth", "time_left", "travel_time"); "" for a single answer.
    public
        Whether counts of people follow the privacy rule.
    """

    city: str = ""
    made_on: str = ""
    scenarios: tuple[Scenario, ...] = ()
    saved: str = ""
    view: View | None = None
    look: Look = field(default_factory=Look)
    mode: str = ""
    public: bool = False

    def to_query(self) -> dict[str, str]:
        """Plain text fields. A scenario that is too large for a link is left out: `left_out` names it."""
        letters = [packed(scenario) or "" for scenario in self.scenarios]
        fields = {
            "city": self.city, "made": self.made_on, "asked": "~".join(letters), "saved": self.saved,
            **(self.view.to_query() if self.view else {}), "scale": self.look.scale,
            **{name: getattr(self.look, part) for name, part in _LOOK.items()},
            "mode": self.mode, "public": "1" if self.public else "",
        }  # fmt: skip
        usual = Look()
        same = {"scale": usual.scale, **{name: getattr(usual, part) for name, part in _LOOK.items()}}
        return {name: value for name, value in fields.items() if value and same.get(name) != value}

    def address(self, page: str) -> str:
        """The whole link to a page of this server."""
        return f"{page}?{urlencode(self.to_query(), safe=',~')}"

    @property
    def left_out(self) -> tuple[str, ...]:
        """Names of scenarios that are too large to travel in the link."""
        return tuple(scenario.name for scenario in self.scenarios if packed(scenario) is None)

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[Self, tuple[Note, ...]]:
        """What a link restores, and what of it cannot be read, in sentences: whatever was written into it, a page opens."""
        notes: list[Note] = []
        scenarios = []
        given = [letters for letters in query.get("asked", "").split("~") if letters]
        for number, letters in enumerate(given[:MOST_SCENARIOS], 1):
            try:
                scenarios.append(unpacked(letters))
            except CityTwinError as error:
                notes += [note("Scenario {number} of the link is missing.", number=number), _note(error)]
        view = None
        if "at" in query:
            try:
                view = View.from_query(query)
            except CityTwinError as error:
                notes.append(_note(error))
        look = Look(**{part: query[name] for name, part in {"scale": "scale", **_LOOK}.items() if _plain(query.get(name, ""))})
        saved, made_on = query.get("saved", ""), query.get("made", "")
        return cls(
            query.get("city", "")[:200], made_on if _MARK.fullmatch(made_on) else "", tuple(scenarios),
            saved if _plain(saved) else "", view, look, query.get("mode", "") if _plain(query.get("mode", "")) else "",
            query.get("public", "") not in ("", "0"),
        ), tuple(notes)  # fmt: skip


def missing(link: Link, *, cities: Sequence[str], fingerprint: str, layers: Sequence[str]) -> tuple[Note, ...]:
    """What of a link is not here any more, in sentences.

    Parameters
    ----------
    link
        The link.
    cities
        Names of the cities that are served.
    fingerprint
        Of the city that is shown.
    layers
        Ids of the layers that there are.
    """
    told = []
    if link.city and link.city not in cities:
        told.append(note("The city {city} of the link is not served here; another one is shown.", city=link.city[:80]))
    elif link.made_on and not fingerprint.startswith(link.made_on):
        told.append(note("The city was imported anew since the link was made: figures may differ."))
    gone = [name for name in (link.view.layers or () if link.view else ()) if name not in layers]
    if gone:
        told.append(note("Layers of the link that are not here: {names}.", names=", ".join(gone[:20])))
    return tuple(told)


def _note(error: CityTwinError) -> Note:
    return note(error.template, **error.values)


def _plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text))
