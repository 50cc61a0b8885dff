"""The picture of a state without WebGL: the same layers, colours and patterns, drawn flat on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.city import City
from layers import codes
from layers.change_scales import DEPTH_CHANGES, ROAD_CHANGES, TIME_LEFT_CHANGES, TRAVEL_TIME_CHANGES
from layers.changes import depth_change, minutes_change, road_change
from layers.coding import NOT_APPLICABLE, PEOPLE, UNKNOWN
from layers.flat_map import LARGEST_SIDE, FlatLayer, MapPicture, flat_picture, flat_svg
from layers.flood_scales import TRUSTED
from layers.ground import ground_classes
from layers.language import Language
from layers.legend import Legend
from layers.mobility_scales import CAUGHT, EVACUEES, SHELTER_FILL
from layers.scales import PLAIN_BUILDINGS, PLAIN_ROADS, SHELTER_USE, Scale
from layers.scene import Look, attribution, relief_of
from layers.themes import BUILDING_THEMES, ROAD_THEMES, WATER_THEMES, Theme, theme_named
from twin.state import State


def flat_scene(
    city: City,
    state: State | None,
    *,
    language: Language,
    look: Look | None = None,
    people: bool = True,
    largest: int = LARGEST_SIDE,
) -> str:
    """An SVG of the city, or of one of its states, with its legends and its sources; see `flat_view`."""
    drawn = flat_view(city, state, language=language, look=look, people=people, largest=largest)
    title = city.name if state is None else f"{city.name} +{language.duration(state.time)}"
    return flat_svg(drawn.image, drawn.legends, title=title, attribution=drawn.attribution, translate=language.text)


def flat_view(
    city: City,
    state: State | None,
    *,
    language: Language,
    look: Look | None = None,
    people: bool = True,
    largest: int = LARGEST_SIDE,
) -> MapPicture:
    """A picture of the city, or of one of its states.

    Parameters
    ----------
    city
        The city.
    state
        The state to draw; None draws the city alone.
    language
        The reader's.
    look
        How it is coloured; None takes the first of everything.
    people
        Whether how many people are where may be seen: not in what is published.
    largest
        Pixels along the longer side of the map.
    """
    look = look or Look()
    if not people and "road_people_dependent" in theme_named(look.roads, ROAD_THEMES).reads:
        look = replace(look, roads=ROAD_THEMES[0].name)
    layers, legends = _shapes(city, state, look, people=people)
    waters = [] if state is None else _waters(state, look)
    shown = [*(legend for _, _, legend in waters), *legends]
    return _drawn(city, [(coded, scale) for coded, scale, _ in waters], layers, shown, language, largest)


def flat_difference(
    before: State, after: State, *, what: str, language: Language, group: str = "walker", largest: int = LARGEST_SIDE
) -> MapPicture:
    """A picture of what is different between two answers at the same moment, as `layers.changes.difference` shows it.

    Parameters
    ----------
    before, after
        States of both answers.
    what, group
        Which of `layers.changes.DIFFERENCES`, and for whom.
    language
        The reader's.
    largest
        Pixels along the longer side of the map.
    """
    city = before.city
    waters: list[tuple[NDArray[np.uint8], Scale]] = []
    layers: list[FlatLayer] = []
    legends: list[Legend] = []
    if what == "depth":
        waters, legends = [(depth_change(before, after, "water_depth"), DEPTH_CHANGES)], [DEPTH_CHANGES.legend()]
    if len(city.roads) and before.has("road_open") and after.has("road_open"):
        layers.append(FlatLayer(city.roads.geometry.to_numpy(), road_change(before, after), ROAD_CHANGES))
        legends.append(ROAD_CHANGES.legend(shape="line"))
    if len(city.buildings):
        if what == "depth":
            coded, scale = depth_change(before, after, "building_depth"), DEPTH_CHANGES
        else:
            scale = TIME_LEFT_CHANGES if what == "time_left" else TRAVEL_TIME_CHANGES
            coded = minutes_change(before, after, what, group)
            legends.append(scale.legend())
        layers.append(FlatLayer(city.buildings.geometry.to_numpy(), coded, scale))
    return _drawn(city, waters, layers, legends, language, largest)


def _drawn(
    city: City, waters: Sequence[tuple[NDArray[np.uint8], Scale]], layers: Sequence[FlatLayer], legends: Sequence[Legend],
    language: Language, largest: int,
) -> MapPicture:  # fmt: skip
    relief = relief_of(city)
    dress = {name: city.table(name) for name in ("land_use", "water", "road_surfaces")}
    picture = flat_picture(relief, ground_classes(city.grid, **dress), waters=waters, layers=layers, largest=largest)
    return MapPicture(picture, tuple(legends), attribution(city, language))


def _waters(state: State, look: Look) -> list[tuple[NDArray[np.uint8], Scale, Legend]]:
    """What lies over the ground: the water, then hatching where its solver is not made for the flow."""
    theme = theme_named(look.water, WATER_THEMES)
    if not theme.told_by([state]):
        theme = WATER_THEMES[0]
    scale = theme.scale(look.scale)
    made = [(theme.codes(state, 0), scale, scale.legend())]
    if state.has("flow_trust"):
        trust = codes.trust_codes(state)
        if np.isin(trust, (1, 2)).any():
            made.append((trust, TRUSTED, TRUSTED.legend()))
    return made


def _shapes(city: City, state: State | None, look: Look, *, people: bool) -> tuple[list[FlatLayer], list[Legend]]:
    layers: list[FlatLayer] = []
    legends: list[Legend] = []
    if len(city.roads):
        theme = theme_named(look.roads, ROAD_THEMES)
        drawn = PLAIN_ROADS if state is None else theme.scale(look.scale)
        lines = city.roads.geometry.to_numpy()
        layers.append(FlatLayer(lines, _codes(state, theme, look, len(lines)), drawn))
        legends.append(drawn.legend(shape="line"))
        if people and state is not None and state.has("road_evacuees") and (state.field("road_evacuees") > 0).any():
            layers.append(FlatLayer(lines, PEOPLE.encode(state.field("road_evacuees")), EVACUEES, 8.0))
            legends.append(EVACUEES.legend(shape="line"))
        if people and state is not None and state.has("road_caught") and (state.field("road_caught") > 0).any():
            layers.append(FlatLayer(lines, codes.caught_codes(state), CAUGHT, 8.0))
            legends.append(CAUGHT.legend(shape="line"))
    if len(city.buildings):
        theme = theme_named(look.buildings, BUILDING_THEMES)
        drawn = PLAIN_BUILDINGS if state is None else theme.scale(look.scale)
        layers.append(FlatLayer(city.buildings.geometry.to_numpy(), _codes(state, theme, look, len(city.buildings)), drawn))
        if state is not None:
            legends.append(drawn.legend())
    if len(city.shelters) and state is not None:
        spots = shapely.buffer(city.shelters.geometry.to_numpy(), 4 * city.grid.cell)
        layers.append(FlatLayer(spots, codes.shelter_codes(state), SHELTER_USE))
        legends.append(SHELTER_USE.legend())
        if people and state.has("shelter_occupancy") and (state.field("shelter_occupancy") > 0).any():
            x, y = (part(city.shelters.geometry.to_numpy()) for part in (shapely.get_x, shapely.get_y))
            side = 4 * city.grid.cell
            plates = shapely.box(x - 1.5 * side, y + side, x + 1.5 * side, y + 1.8 * side)
            fill = codes.fill_codes(state)
            told = fill != NOT_APPLICABLE
            layers.append(FlatLayer(plates[told], fill[told], SHELTER_FILL))
            legends.append(SHELTER_FILL.legend())
    return layers, legends


def _codes(state: State | None, theme: Theme, look: Look, count: int) -> NDArray[np.uint8]:
    """Bytes of a theme; unknown where the state does not tell it, plain without a state."""
    if state is None:
        return np.zeros(count, np.uint8)
    return theme.codes(state, look.row) if theme.told_by([state]) else np.full(count, UNKNOWN, np.uint8)
