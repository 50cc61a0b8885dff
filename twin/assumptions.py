"""What a scenario takes for granted, in plain words: every passport, page and report shows them."""

from __future__ import annotations

from collections.abc import Iterator

from geodata.city import City
from geodata.phrase import phrase
from twin.impact.ministry import NAME as MANUAL
from twin.mobility.parties import careful_share_of, people_of_unknown_age
from twin.presence import presence_of
from twin.question import Note, note
from twin.scenario import Engine, HazardMapWater, Scenario
from twin.scenario.events import HOUR, rain_figures, storm_of
from twin.scenario.mobility import EvacuationOrder
from twin.scenario.water import Stage

BUILDINGS = {
    "blocked": "No water enters cells that are mostly built over.",
    "raised": "Buildings stand as blocks in the terrain, {height} m high.",
    "porosity": "Buildings take room from the water in proportion to the share of a cell that they cover.",
    "ignored": "Buildings do not hinder the water.",
}


def assumptions_of(scenario: Scenario, city: City) -> tuple[Note, ...]:
    """The assumptions behind the numbers of a scenario asked of a city, the weightiest first.

    Examples
    --------
    >>> from twin.mobility.rehearsal import small_city
    >>> dry = Scenario.model_validate({"name": "dry", "duration": 0})
    >>> [told.text for told in assumptions_of(dry, small_city())][:2]
    ['No water: the scenario is a dry day.', 'People are counted at home, where they live, at every hour of the run.']
    """
    return (
        *_water(scenario),
        *_people(scenario, city),
        *_passage(scenario),
        *_pace(scenario),
        *_orders(scenario),
        *_ages(scenario, city),
        *_damage(scenario),
    )


def _water(scenario: Scenario) -> Iterator[Note]:
    water = scenario.water
    if water is None:
        yield note("No water: the scenario is a dry day.")
    elif isinstance(water, HazardMapWater):
        yield note("Depths are those of official hazard maps; each class of depth counts with its upper end.")
        if len(water.curve) > 1:
            yield note("When the water comes is an assumption: an official map tells the greatest depth only.")
    elif isinstance(water, Stage):
        yield note("The water is still and stands level wherever it can reach; the time it needs to flow is left out.")
    else:
        yield from _engine(water)
        yield from late_rain(scenario)


def _people(scenario: Scenario, city: City) -> Iterator[Note]:
    if presence_of(scenario, city) == "at_home":
        yield note("People are counted at home, where they live, at every hour of the run.")
    else:
        yield note(
            "People are counted where they are on a workday by day, at every hour of the run. How old they are there is not "
            "known."
        )


def _engine(engine: Engine) -> Iterator[Note]:
    if engine.solver == "local_inertial":
        yield note(
            "Flow is computed by the local inertial equations, which leave out advection: trusted to a Froude number of 0.5, "
            "with caution to 1."
        )
    else:
        yield note("Flow is computed by the full shallow water equations, averaged over the depth.")
    yield from _storm(engine)
    yield note("Manning's n is {n} s/m^(1/3) where the city says nothing of the ground.", n=engine.roughness)
    yield note(BUILDINGS[engine.buildings], height=engine.raised_by)
    if engine.infiltration is None:
        yield note("The ground takes no water.")
    else:
        yield note(
            "The ground takes water by the law {law}, the same everywhere but under buildings.", law=engine.infiltration.law
        )
    if engine.sewers:
        yield note("Storm sewers take {rate} mm/h at most, and never spill.", rate=engine.sewers)
    else:
        yield note("Storm sewers are left out.")


def _storm(engine: Engine) -> Iterator[Note]:
    storm = storm_of(engine)
    if storm is None:
        return
    yield note(
        "The storm comes once in {years} years on average: {depth} mm in {minutes} min, after {source}. It is a design storm: "
        "the heaviest part of it of any length is as rare as the whole, which hardly any real storm is.",
        years=f"{storm.return_period:g}", depth=f"{storm.depths[-1].depth:g}", minutes=f"{storm.length / 60:g}",
        source=", ".join(part for part in (storm.name, storm.source, storm.valid) if part)
        or phrase("a source that is not stated"),
    )  # fmt: skip
    if storm.factor != 1.0:
        yield note("All of its depths are multiplied by {factor}; how often that comes, nobody says.", factor=storm.factor)


def late_rain(scenario: Scenario) -> Iterator[Note]:
    """That it rains on when the scenario has ended, if so."""
    water = scenario.water
    if not isinstance(water, Engine) or water.rain is None:
        return
    total, length = rain_figures(water.rain)
    if total and length > scenario.duration:
        yield note(
            "It rains for {rain} h, and the scenario lasts {lasts} h: what falls after that is left out. Let it last longer.",
            rain=f"{length / HOUR:.3g}", lasts=f"{scenario.duration / HOUR:.3g}",
        )  # fmt: skip


def _passage(scenario: Scenario) -> Iterator[Note]:
    if scenario.water is None:
        return
    rules = scenario.rules
    yield note(
        "Walkers pass water up to {walker} m by day; older people, with a child or at night up to {careful} m; "
        "cars up to {car} m; large and emergency vehicles up to {large} m.",
        walker=rules.walker, careful=rules.careful_walker, car=rules.car, large=rules.large_vehicle,
    )  # fmt: skip
    yield note("Water whose depth is unknown counts as closed to everyone, and is counted as unknown.")


def _pace(scenario: Scenario) -> Iterator[Note]:
    rules = scenario.mobility
    yield note(
        "Walkers go {walker} m/s, older people or those with a child {careful} m/s, at night {share} of that.",
        walker=rules.walking_speed, careful=rules.careful_walking_speed, share=rules.night_factor,
    )  # fmt: skip
    yield note("Between the decision and the door {minutes} min are spent on preparation.", minutes=rules.preparation / 60)


def _orders(scenario: Scenario) -> Iterator[Note]:
    for order in (measure for measure in scenario.measures if isinstance(measure, EvacuationOrder)):
        if order.level == 5:
            yield note("Level 5 at {minutes} min sends nobody onto the roads.", minutes=order.start / 60)
        else:
            yield note(
                "Of those whom level {level} at {minutes} min addresses, {share} % go to a shelter, {cars} % of them by car: "
                "an assumption, not a forecast.",
                level=order.level, minutes=order.start / 60, share=order.share * 100, cars=order.by_car * 100,
            )  # fmt: skip


def _ages(scenario: Scenario, city: City) -> Iterator[Note]:
    """Who sets out as one in need of more time, of people of whom nobody says how old they are."""
    ordered = any(isinstance(measure, EvacuationOrder) and measure.level != 5 for measure in scenario.measures)
    if not ordered or not people_of_unknown_age(city, presence_of(scenario, city)).any():
        return
    share = careful_share_of(scenario, city)
    if scenario.mobility.careful_share is not None:
        yield note(
            "Of people of unknown age {share} % count as in need of more time: a choice of this scenario.",
            share=f"{100 * share:.3g}",
        )  # fmt: skip
    elif share > 0:
        yield note(
            "Of people of unknown age {share} % count as in need of more time, as many as among the residents of known age.",
            share=f"{100 * share:.3g}",
        )
    else:
        yield note(
            "Nobody's age is known: nobody counts as in need of more time, and everybody walks at the pace of those who do not "
            "need it."
        )


def _damage(scenario: Scenario) -> Iterator[Note]:
    if scenario.water is None:
        return
    rules = scenario.impact
    if rules.curves == MANUAL:
        yield note(
            "Damage follows the rates of Japan's flood control economy manual by depth above the floor and gradient of the "
            "ground. Its rates for buildings on ground flatter than 1 in 1,000 agree with a copy of the manual; those for "
            "steeper ground and for contents were not checked against the published table."
        )
    else:
        yield note("Damage follows the curves {curves} that came with the city.", curves=rules.curves)
    yield note(
        "Floors lie {floor} m above the ground where nobody says; where its source states no error, a damage rate may be wrong "
        "by {rate} % and a value by {value} %.",
        floor=rules.floor_height, rate=100 * rules.rate_error, value=100 * rules.value_error,
    )  # fmt: skip
