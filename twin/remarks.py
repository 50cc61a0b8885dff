"""What makes no sense in a question, before anything is computed: drawings that are none, measures that contradict each other.

What one hook alone can judge (a breach without a levee, a road that the city does not have) its `parameters` refuse; here
stands what concerns every measure, and what is odd but can be asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.city import City
from geodata.errors import InputError
from twin.duration import Span
from twin.event_remarks import event_notes
from twin.flood.refusal import require_inside, require_levee
from twin.question import Note, Question, Value, note
from twin.scenario import Engine, EvacuationOrder, Measure, RoadClosure, RoadOpened, ShelterClosed, ShelterOpened
from twin.scenario.flood_measures import FLOOD_KINDS, CulvertPart, FloodBarrier, Gate, LeveeBreach, RaisedRoad
from twin.scenario.kinds import title_of
from twin.scenario.timed import TimedPart

NOT_COMPUTED = "{name} changes nothing here: the water of this event is not computed. Let the flood engine compute it."
SHORTEST_LINE = 0.1
"""A line shorter than this is a click, not a line, m."""
SMALLEST_AREA = 1.0
"""m²."""


@dataclass(frozen=True)
class Remark:
    """One thing to be said of a question.

    Parameters
    ----------
    note
        The sentence: template and values.
    measure
        Number of the measure that it is about, from 0; None = the whole question.
    grave
        Whether it cannot be asked like that; else it is odd, and can.
    """

    note: Note
    measure: int | None
    grave: bool


def remarks_on(question: Question) -> tuple[Remark, ...]:
    """Everything that is to be said of a question, its event and its measures, grave things first."""
    measures = question.scenario.measures
    made = [
        remark for number, measure in enumerate(measures) for remark in _of_one(question, number, measure)
    ]  # fmt: skip
    made += list(_contradictions(question.city, measures))
    made += [Remark(said, None, grave=False) for said in event_notes(question)]
    made += [Remark(told, None, grave=False) for told in question.presence_notes]
    return tuple(sorted(made, key=lambda remark: not remark.grave))


def require_sense(question: Question) -> None:
    """Refuse a question that cannot be asked like that.

    Raises
    ------
    InputError
        The first of the grave remarks.
    """
    for remark in remarks_on(question):
        if remark.grave:
            raise InputError(remark.note.template, **remark.note.values)


def places_of(measure: Measure) -> tuple[tuple[float, float], ...]:
    """Longitudes and latitudes that a measure is drawn by; none for measures made of elements, or of areas by their ids.

    Examples
    --------
    >>> places_of(CulvertPart(kind="culvert", ends=((1.0, 2.0), (3.0, 4.0)), width=1, height=1))
    ((1.0, 2.0), (3.0, 4.0))
    """
    for attribute in ("line", "ends", "polygon"):
        found: tuple[tuple[float, float], ...] = getattr(measure, attribute, ())
        if found:
            return found
    at = getattr(measure, "at", None)
    return () if at is None else (at,)


def _of_one(question: Question, number: int, measure: Measure) -> Iterator[Remark]:
    city, name = question.city, title_of(measure)
    places = places_of(measure)
    outlet = getattr(measure, "outlet", None)
    try:
        inside = () if isinstance(measure, EvacuationOrder) else (*places, *((outlet,) if outlet else ()))
        require_inside(city, inside, name)
    except InputError as error:
        yield Remark(note(error.template, **error.values), number, grave=True)
        return
    corners = _metres(city, places)
    if isinstance(measure, FloodBarrier | RaisedRoad | Gate | CulvertPart):
        yield from _of_line(number, name, corners)
    if isinstance(measure, EvacuationOrder) and len(corners):
        yield from _of_area(city, number, name, corners)
    computed = isinstance(question.scenario.water, Engine)
    if isinstance(measure, LeveeBreach):
        try:
            require_levee(city, measure, name)
        except InputError as error:  # where no water is computed it does no harm, but whoever drew it should know
            yield Remark(note(error.template, **error.values), number, grave=computed)
    if measure.kind in FLOOD_KINDS and not computed:
        yield _odd(NOT_COMPUTED, number, name=name)
    crest = getattr(measure, "crest", None)
    if crest is not None and len(places):
        ground = _ground(city, corners)
        if np.isfinite(ground).all() and crest <= ground.min():
            yield _odd(
                "{name} has its top at {crest} m, below the ground of {ground} m along its whole line: it holds nothing back.",
                number, name=name, crest=f"{crest:g}", ground=f"{float(ground.min()):.1f}",
            )  # fmt: skip


def _of_line(number: int, name: Value, corners: NDArray[np.float64]) -> Iterator[Remark]:
    line = shapely.linestrings(corners)
    if shapely.length(line) < SHORTEST_LINE:
        yield _grave("{name} has no length: both its ends are the same place. Draw a line.", number, name=name)
    elif not shapely.is_simple(line):
        yield _grave("The line of {name} crosses itself; draw it without a loop, or as two lines.", number, name=name)


def _of_area(city: City, number: int, name: Value, corners: NDArray[np.float64]) -> Iterator[Remark]:
    area = shapely.polygons(corners)
    if shapely.area(shapely.convex_hull(area)) < SMALLEST_AREA:
        yield _grave("The area of {name} has no extent; draw at least three corners apart from each other.", number, name=name)
    elif not shapely.is_valid(area):
        yield _grave("The border of the area of {name} crosses itself; draw it without a loop.", number, name=name)
    elif not shapely.intersects(area, shapely.box(*city.grid.bounds)):
        yield _grave("The area of {name} lies outside of {city}; draw it inside.", number, name=name, city=city.name)


def _contradictions(city: City, measures: tuple[Measure, ...]) -> Iterator[Remark]:
    """What two measures that act at the same time make of each other; told at the second of them."""
    for (_, one), (number, other) in combinations(enumerate(measures), 2):
        if not _meet(one, other):
            continue
        names = {"one": title_of(one), "other": title_of(other)}
        if {type(one), type(other)} == {RoadClosure, RoadOpened}:
            both = sorted(set(one.roads) & set(other.roads))  # type: ignore[union-attr]  # both are of roads
            opened, closed = (one, other) if isinstance(one, RoadOpened) else (other, one)
            if both:
                yield _odd(
                    "{opened} and {closed} open and close the road {road} at the same time: it is open then, but for water.",
                    number, opened=title_of(opened), closed=title_of(closed), road=_called(city, "roads", both[0]),
                )  # fmt: skip
        if {type(one), type(other)} == {ShelterOpened, ShelterClosed}:
            both = sorted(set(one.shelters) & set(other.shelters))  # type: ignore[union-attr]  # both are of shelters
            if both:
                yield _grave(
                    "{one} and {other} open and close the shelter {shelter} at the same time; end one before the other starts.",
                    number, **names, shelter=_called(city, "shelters", both[0]),
                )  # fmt: skip
        if isinstance(one, EvacuationOrder) and isinstance(other, EvacuationOrder):
            yield from _orders(city, number, one, other)
            same = (one.level, sorted(one.areas), one.polygon) == (other.level, sorted(other.areas), other.polygon)
            if same and (one.share, one.by_car) != (other.share, other.by_car):
                yield _grave(
                    "{one} and {other} order the same people at the same time with different shares; keep one of them.",
                    number, **names,
                )  # fmt: skip
        drawn = isinstance(one, FloodBarrier | Gate) and type(one) is type(other)
        if drawn and places_of(one) == places_of(other):
            tops = [(getattr(m, "crest", None), getattr(m, "height", None)) for m in (one, other)]
            if tops[0] != tops[1]:
                yield _grave(
                    "{one} and {other} stand on the same line at the same time with different tops; keep one of them.",
                    number, **names,
                )  # fmt: skip
        elif drawn and _touch(city, one, other):
            yield _odd("{one} and {other} meet: where they do, the higher of the two counts.", number, **names)


def _orders(city: City, number: int, one: EvacuationOrder, other: EvacuationOrder) -> Iterator[Remark]:
    """What orders of different levels at the same time, over one area, make of each other."""
    if one.level == other.level or not _address_the_same(city, one, other):
        return
    high, low = (one, other) if one.level > other.level else (other, one)
    if high.level == 5 and high.start <= low.start:
        yield _odd(
            "From {time} on the order of level {low} tells people to go whom that of level 5 tells to stay: "
            "nobody sets out on it.",
            number, time=Span(low.start), low=str(low.level),
        )  # fmt: skip
    elif high.level != 5 and high.start == low.start:
        yield _odd(
            "The orders of level {high} and level {low} begin at the same time for the same people: level {high} addresses "
            "them all, level {low} counts only where its share is higher.",
            number, high=str(high.level), low=str(low.level),
        )  # fmt: skip


def _address_the_same(city: City, one: EvacuationOrder, other: EvacuationOrder) -> bool:
    """Whether there is a place that both orders are given for."""
    first, second = (_ground_of(city, order) for order in (one, other))
    # Neighbours that share a border share no place.
    return first is None or second is None or bool(shapely.intersects(shapely.buffer(first, -SHORTEST_LINE), second))


def _ground_of(city: City, order: EvacuationOrder) -> shapely.Geometry | None:
    """Where an order is given; None = in the whole city."""
    if not order.areas and not order.polygon:
        return None
    areas = city.table("areas")
    held = list(areas["geometry"][areas["id"].isin(order.areas)])
    if order.polygon:
        held.append(shapely.convex_hull(shapely.polygons(_metres(city, order.polygon))))
    return shapely.union_all(held)


def _touch(city: City, one: Measure, other: Measure) -> bool:
    """Whether two drawn lines share a place."""
    first, second = (shapely.linestrings(_metres(city, places_of(measure))) for measure in (one, other))
    return bool(shapely.intersects(first, second))


def _called(city: City, table: str, wanted: str) -> str:
    """The name of an element, else its id."""
    rows = city.table(table)
    names = rows.loc[rows["id"] == wanted, "name"].tolist()
    return str(names[0]) if names and names[0] else wanted


def _meet(one: TimedPart, other: TimedPart) -> bool:
    """Whether two measures act at the same time."""
    return (other.end is None or one.start < other.end) and (one.end is None or other.start < one.end)


def _metres(city: City, places: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """[places, 2] in the city's system."""
    if not places:
        return np.zeros((0, 2))
    longitudes, latitudes = zip(*places, strict=True)
    x, y = city.grid.to_wgs84.transform(longitudes, latitudes, direction="INVERSE")
    return np.column_stack([x, y])


def _ground(city: City, corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Elevation at places inside the city, m."""
    cells = [city.grid.cell_of(x, y) for x, y in corners]
    return np.array([np.nan if cell is None else city.elevation[cell] for cell in cells])


def _grave(template: str, number: int, /, **values: Value) -> Remark:
    return Remark(Note(template, values), number, grave=True)


def _odd(template: str, number: int, /, **values: Value) -> Remark:
    return Remark(Note(template, values), number, grave=False)
