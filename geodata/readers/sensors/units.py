"""Units of readings as files write them, made SI at the door: lengths in m (rain in mm), discharge in m3/s, speed in m/s."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

FOOT = 0.3048
CUBIC_FOOT = FOOT**3


@dataclass(frozen=True)
class Conversion:
    """value in ``unit`` = value as read × factor + offset.

    Examples
    --------
    >>> Conversion("m", 0.3048).apply(10.0)
    3.048
    """

    unit: str
    factor: float = 1.0
    offset: float = 0.0

    def apply(self, value: float) -> float:
        """The value in ``unit``."""
        return value * self.factor + self.offset


_LENGTH = {"m": 1.0, "ft": FOOT, "us-ft": 1200 / 3937, "in": 0.0254, "mm": 0.001, "cm": 0.01, "km": 1000.0}
_FLOW = {"m3/s": 1.0, "ft3/s": CUBIC_FOOT, "l/s": 0.001, "m3/h": 1 / 3600, "m3/day": 1 / 86400}
_SPEED = {"m/s": 1.0, "km/h": 1 / 3.6, "mph": 0.44704, "kn": 1852 / 3600, "ft/s": FOOT, "cm/s": 0.01}
_RAIN_RATE = {"mm/h": 1.0, "in/h": 25.4, "cm/h": 10.0, "mm/day": 1 / 24, "m/s rain": 3.6e6}

# Spellings → one of the names above. UN/CEFACT codes (MTR, FOT …) are those of NGSI's unitCode; UCUM's are in brackets.
_SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "m": "m",
        "metre": "m",
        "metres": "m",
        "meter": "m",
        "meters": "m",
        "mtr": "m",
        "mt": "m",
        "mts": "m/s",
        "m (msl)": "m",
        "ｍ": "m",
        "maod": "m",
        "masd": "m",
        "t.p.m": "m",
        "ft": "ft",
        "foot": "ft",
        "feet": "ft",
        "fot": "ft",
        "[ft_i]": "ft",
        "ft_i": "ft",
        "us-ft": "us-ft",
        "[ft_us]": "us-ft",
        "ftus": "us-ft",
        "in": "in",
        "inch": "in",
        "inches": "in",
        "inh": "in",
        "[in_i]": "in",
        "mm": "mm",
        "millimetre": "mm",
        "millimetres": "mm",
        "millimeter": "mm",
        "millimeters": "mm",
        "mmt": "mm",
        "cm": "cm",
        "centimetre": "cm",
        "centimetres": "cm",
        "centimeter": "cm",
        "centimeters": "cm",
        "cmt": "cm",
        "km": "km",
        "m3/s": "m3/s",
        "m^3/s": "m3/s",
        "m3 s-1": "m3/s",
        "m3s-1": "m3/s",
        "m**3/s": "m3/s",
        "cms": "m3/s",
        "cumec": "m3/s",
        "cumecs": "m3/s",
        "mqs": "m3/s",
        "ft3/s": "ft3/s",
        "ft^3/s": "ft3/s",
        "cfs": "ft3/s",
        "cubic feet per second": "ft3/s",
        "e17": "ft3/s",
        "l/s": "l/s",
        "g51": "l/s",
        "m3/h": "m3/h",
        "m3/day": "m3/day",
        "m/s": "m/s",
        "m s-1": "m/s",
        "mps": "m/s",
        "meters per second": "m/s",
        "metres per second": "m/s",
        "km/h": "km/h",
        "kmh": "km/h",
        "kmt": "km",
        "mph": "mph",
        "mile per hour": "mph",
        "hm": "mph",
        "kn": "kn",
        "knt": "kn",
        "knot": "kn",
        "knots": "kn",
        "kt": "kn",
        "ft/s": "ft/s",
        "cm/s": "cm/s",
        "mm/h": "mm/h",
        "mm/hr": "mm/h",
        "mm h-1": "mm/h",
        "mm/hour": "mm/h",
        "h67": "mm/h",
        "in/h": "in/h",
        "in/hr": "in/h",
        "cm/h": "cm/h",
        "mm/day": "mm/day",
        "mm/d": "mm/day",
    }
)


def conversion(unit: str, *, kind: str) -> Conversion | None:
    """How readings of a kind in this unit become SI; None when the unit is not known (or kept as it is).

    Parameters
    ----------
    unit
        As the file writes it.
    kind
        Kind of sensor (`geodata.tables.sensors.KINDS`): rain is measured in mm, every other length in m.

    Examples
    --------
    >>> conversion("ft", kind="river_level")
    Conversion(unit='m', factor=0.3048, offset=0.0)
    >>> conversion("in", kind="rain")
    Conversion(unit='mm', factor=25.4, offset=0.0)
    >>> round(conversion("ft^3/s", kind="discharge").apply(100), 4)
    2.8317
    >>> conversion("mg/l", kind="other") is None
    True
    """
    plain = re.sub(r"\s+", " ", html.unescape(unit).replace("³", "3").replace("¹", "1")).strip().lower()
    name = _SPELLINGS.get(plain)
    if name is None:
        return _temperature(plain)
    if name in _LENGTH:
        if kind == "rain":
            return Conversion("mm", round(_LENGTH[name] * 1000, 12))
        return Conversion("m", _LENGTH[name])
    for unit_made, factors in (("m3/s", _FLOW), ("m/s", _SPEED), ("mm/h", _RAIN_RATE)):
        if name in factors:
            return Conversion(unit_made, factors[name])
    return None


def _temperature(plain: str) -> Conversion | None:
    if plain in ("degc", "deg c", "°c", "celsius", "cel", "centigrade", "degree celsius", "degrees celsius"):
        return Conversion("degC")
    if plain in ("degf", "deg f", "°f", "fahrenheit", "[degf]"):
        return Conversion("degC", 5 / 9, -160 / 9)
    return Conversion("K") if plain in ("k", "kelvin") else None
