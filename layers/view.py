"""A view: camera, visible layers, scale and step. A value: it fits in a link and makes one pydeck Deck."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import pydeck

from geodata.errors import InputError
from layers.map_layer import MapLayer

_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_RANGES: Mapping[str, tuple[float, float]] = {
    "longitude": (-180.0, 180.0),
    "latitude": (-85.0, 85.0),
    "zoom": (0.0, 22.0),
    "pitch": (0.0, 75.0),
    "bearing": (-360.0, 360.0),
}
#: Width and height of the window that `View.of_bounds` imagines, pixels.
WINDOW = (1000, 650)
#: Short names in links.
_SHORT = {"longitude": "lon", "latitude": "lat", "zoom": "z", "pitch": "pitch", "bearing": "turn"}
_DIGITS = {"longitude": 6, "latitude": 6, "zoom": 2, "pitch": 1, "bearing": 1}


class Camera(TypedDict):
    """Where the map is looked at from, as the component takes and reports it."""

    longitude: float
    latitude: float
    zoom: float
    pitch: float
    bearing: float


@dataclass(frozen=True)
class View:
    """What is looked at, and how.

    Parameters
    ----------
    longitude, latitude
        Centre of the map, degrees.
    zoom
        Zoom level of web maps.
    pitch, bearing
        Tilt from straight down, and turn clockwise from north, degrees.
    layers
        Ids of the visible layers; None stands for those that are visible at first.
    scale
        Name of the colour scale ("official", "safe", "detail").
    step
        Number of the step shown.

    Raises
    ------
    InputError
        When a number is outside its range or a name holds strange characters: views come from links that anybody can write.

    Examples
    --------
    >>> view = View(139.75, 35.55, zoom=14.0, layers=("roads", "flood"), step=3)
    >>> view.to_query()["at"], view.to_query()["step"]
    ('139.75,35.55,14.0,45.0,0.0', '3')
    >>> View.from_query(view.to_query()) == view
    True
    """

    longitude: float
    latitude: float
    zoom: float = 13.0
    pitch: float = 45.0
    bearing: float = 0.0
    layers: tuple[str, ...] | None = None
    scale: str = "official"
    step: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise InputError(
                    "The view's {name} of {value} is outside {low} to {high}; open the map without that link.",
                    name=name,
                    value=value,
                    low=low,
                    high=high,
                )
        for text in (self.scale, *(self.layers or ())):
            if not _NAME.fullmatch(text):
                raise InputError("The view names {value}, which is no name; open the map without that link.", value=text[:40])
        if not 0 <= self.step <= 1_000_000:
            raise InputError(
                "The view's step {step} is not between 0 and 1,000,000; open the map without that link.", step=self.step
            )

    @classmethod
    def of_bounds(
        cls, bounds_wgs84: tuple[float, float, float, float], *, width: int = WINDOW[0], height: int = WINDOW[1]
    ) -> View:
        """The view that shows (west, south, east, north) in a window of so many pixels, tilted a little.

        Examples
        --------
        >>> round(View.of_bounds((139.70, 35.50, 139.74, 35.54)).zoom, 1)
        13.3
        """
        west, south, east, north = bounds_wgs84
        latitude = (south + north) / 2
        across = max(east - west, 1e-4) * math.cos(math.radians(latitude)) * 1.05
        along = max(north - south, 1e-4) * 1.05
        # Web maps of 512-pixel tiles; a tilted view sees further at the top, so the height may be used almost in full.
        zoom = math.log2(min(width / across, height * 1.15 / along) * 360 / 512 * math.cos(math.radians(latitude)))
        return cls((west + east) / 2, latitude - 0.03 * along, zoom=min(max(round(zoom, 2), 8.0), 18.0))

    def moved(self, camera: Mapping[str, Any]) -> View:
        """The same view from another camera, as the component reports it; numbers that are missing stay."""
        return View(
            float(camera.get("longitude", self.longitude)),
            float(camera.get("latitude", self.latitude)),
            zoom=float(camera.get("zoom", self.zoom)),
            pitch=float(camera.get("pitch", self.pitch)),
            bearing=float(camera.get("bearing", self.bearing)),
            layers=self.layers,
            scale=self.scale,
            step=self.step,
        )

    @property
    def camera(self) -> Camera:
        """Plain numbers for the component."""
        return {
            "longitude": float(self.longitude),
            "latitude": float(self.latitude),
            "zoom": float(self.zoom),
            "pitch": float(self.pitch),
            "bearing": float(self.bearing),
        }

    def to_query(self) -> dict[str, str]:
        """Plain text fields for a link."""
        query = {"at": ",".join(str(round(float(getattr(self, name)), _DIGITS[name])) for name in _SHORT)}
        if self.layers is not None:
            query["layers"] = ",".join(self.layers)
        if self.scale != "official":
            query["scale"] = self.scale
        if self.step:
            query["step"] = str(self.step)
        return query

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> View:
        """The view of a link.

        Raises
        ------
        InputError
            When a field is missing or unreadable.
        """
        try:
            numbers = [float(part) for part in query["at"].split(",")]
            step = int(query.get("step", "0"))
        except (KeyError, ValueError):
            numbers, step = [], 0
        if len(numbers) != len(_RANGES):
            raise InputError(
                "The link's place {at} is not five numbers; open the map without that link.", at=str(query.get("at", ""))[:80]
            )
        layers = query.get("layers")
        longitude, latitude, zoom, pitch, bearing = numbers
        return cls(
            longitude,
            latitude,
            zoom=zoom,
            pitch=pitch,
            bearing=bearing,
            layers=None if layers is None else tuple(name for name in layers.split(",") if name)[:50],
            scale=query.get("scale", "official"),
            step=step,
        )

    def visible(self, layers: Sequence[MapLayer]) -> tuple[str, ...]:
        """Ids of the layers to draw; where none of those of a link is left, those that are visible at first: no empty map."""
        named = tuple(layer.id for layer in layers if self.layers and layer.id in self.layers)
        if named or self.layers == ():
            return named
        return tuple(layer.id for layer in layers if layer.visible)

    def to_deck(self, layers: Sequence[MapLayer]) -> pydeck.Deck:
        """The one pydeck Deck of these layers from this view; it names no base map, so nothing is asked of other hosts."""
        deck = pydeck.Deck(
            layers=[layer.deck for layer in layers],
            initial_view_state=pydeck.ViewState(**self.camera),
            map_provider=None,
            map_style=None,
            tooltip=False,
        )
        deck.map_style = None
        return deck
