"""Ways out in words and lines: the routes of a building for each group, and who feels it when a road closes."""

from __future__ import annotations

from collections.abc import Sequence

from geodata.city import City
from layers.card import Fact
from layers.language import Language, mark
from layers.sketch import Overlay, Path, Tone
from twin.mobility.closure import ClosureEffect
from twin.mobility.itinerary import Itinerary, Limit
from twin.scenario.rules import Group

GROUPS: dict[Group, str] = {
    "walker": mark("On foot"),
    "careful_walker": mark("On foot, older or with a child"),
    "car": mark("By car"),
    "large_vehicle": mark("By large vehicle"),
}
_TONES: dict[Group, Tone] = {"walker": "walk", "careful_walker": "careful", "car": "car", "large_vehicle": "large"}
_NOW = mark("{group}: {time} to {shelter}")
_LAST = mark("{group}, leaving at the last moment: {time} to {shelter}")


def ways_overlay(ways: Sequence[Itinerary], city: City, language: Language) -> tuple[Overlay, ...]:
    """The routes as lines over the map: full where it can be gone now, dashed where it is that of the last safe departure."""
    shelters = city.table("shelters")["name"]
    paths = []
    for way in ways:
        for route, dashed in ((way.now, False), (None if _same(way) else way.last, True)):
            if route is None or len(route.path) < 2:
                continue
            label = language.text(
                _LAST if dashed else _NOW, group=language.text(GROUPS[way.group]),
                time=language.duration(round(route.time / 60) * 60), shelter=str(shelters.iloc[route.shelter]),
            )  # fmt: skip
            paths.append(Path(route.path, label, _TONES[way.group], dashed))
    return (Overlay("ways", language.text("Ways to a shelter"), tuple(paths)),) if paths else ()


def _same(way: Itinerary) -> bool:
    """Whether the last safe departure takes the way of now: then it is drawn once."""
    return way.now is not None and way.last is not None and way.now.path == way.last.path


def ends_facts(ways: Sequence[Itinerary], city: City, language: Language) -> tuple[Fact, ...]:
    """For each group whose way ends within the run: what ends it. How long it takes, and until when, its card tells."""
    return tuple(
        Fact(language.text(GROUPS[way.group]), _limit_words(way.limit, city, language)) for way in ways if way.limit is not None
    )


def _limit_words(limit: Limit, city: City, language: Language) -> str:
    if limit.kind == "door":
        return language.text("water stands at the door")
    table = {"road": "roads", "shelter": "shelters"}[limit.kind]
    row = city.table(table).iloc[limit.row]
    closes = mark("{name} closes") if limit.kind == "road" else mark("the shelter {name} cannot be used")
    return language.text(closes, name=str(row["name"] or row["id"]))


TOLD_OF_PEOPLE = (
    ("people_cut_off", mark("1 person is cut off"), mark("{people} people are cut off")),
    ("people_joined", mark("1 person gets a way again"), mark("{people} people get a way again")),
    ("people_delayed", mark("1 person goes {mean} longer"), mark("{people} people go {mean} longer, at most {longest}")),
    ("people_other_shelter", mark("1 person goes to another shelter"), mark("{people} people go to another shelter")),
)
"""What a closure does to people, told of one and of more."""


def closure_facts(effect: ClosureEffect, *, close: bool, language: Language) -> tuple[Fact, ...]:
    """Who is affected when roads are closed or reopened at the moment shown; people on foot, and by car."""
    text, number = language.text, language.number
    facts = []
    for group in ("walker", "car"):
        figures = effect.figures(group)
        parts = []
        for name, one, many in TOLD_OF_PEOPLE:
            if figures[name]:
                shown = number(figures[name], 0)
                values = {"people": shown}
                if name == "people_delayed":
                    values["mean"] = language.duration(figures["mean_delay_s"])
                    values["longest"] = language.duration(figures["longest_delay_s"])
                parts.append(text(one if shown == "1" else many, **values))
        words = "; ".join(parts) or text("nobody's way to a shelter changes")
        facts.append(Fact(text(GROUPS[group]), words, "warning" if figures["people_cut_off"] else "plain"))
    lost = effect.figures()["people_without_hospital"]
    if lost:
        words = text(
            "1 person loses the way to a hospital"
            if number(lost, 0) == "1"
            else "{people} people lose their way to a hospital",
            people=number(lost, 0),
        )
        facts.append(Fact(text("Hospital"), words, "warning"))
    title = text("If it is closed now") if close else text("If it is opened now")
    return (*facts, *(Fact(title, text(n.template, **n.values)) for n in effect.notes))
