"""Numbers with units, as people write them: exact factors, and one parser for all of them."""

# ruff: noqa: E501 - the factors are a table: a row is a line

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from geodata.errors import InputError

# Exact by definition, m: international foot 0.3048 (1959), US survey foot 1200/3937, statute mile 1609.344, nautical mile 1852.
_FACTORS: dict[str, tuple[str, float]] = {
    "1": ("number", 1.0), "people": ("number", 1.0), "%": ("number", 0.01),
    "m": ("length", 1.0), "km": ("length", 1000.0), "cm": ("length", 0.01), "mm": ("length", 0.001),
    "ft": ("length", 0.3048), "in": ("length", 0.0254), "yd": ("length", 0.9144), "us-ft": ("length", 1200 / 3937),
    "mi": ("length", 1609.344), "nmi": ("length", 1852.0),
    "m2": ("area", 1.0), "ft2": ("area", 0.3048**2), "km2": ("area", 1e6), "ha": ("area", 1e4), "acre": ("area", 4046.8564224),
    "m/s": ("speed", 1.0), "km/h": ("speed", 1 / 3.6), "mph": ("speed", 0.44704), "kn": ("speed", 1852 / 3600), "ft/s": ("speed", 0.3048),
    "s": ("time", 1.0), "min": ("time", 60.0), "h": ("time", 3600.0), "d": ("time", 86400.0),
    "m3/s": ("discharge", 1.0), "l/s": ("discharge", 0.001), "ft3/s": ("discharge", 0.3048**3), "m3/h": ("discharge", 1 / 3600),
    "s/m^(1/3)": ("roughness", 1.0),
}  # fmt: skip
_SPELLINGS = {
    "metre": "m", "metres": "m", "meter": "m", "meters": "m", "mtr": "m", "kilometres": "km", "feet": "ft", "foot": "ft", "'": "ft",
    "′": "ft", "inch": "in", "inches": "in", '"': "in", "″": "in", "us_ft": "us-ft", "survey feet": "us-ft", "mile": "mi", "miles": "mi",
    "m^2": "m2", "sqm": "m2", "sq m": "m2", "sqft": "ft2", "sq ft": "ft2", "square feet": "ft2", "ft^2": "ft2", "hectare": "ha",
    "kmh": "km/h", "kph": "km/h", "kmph": "km/h", "km/hr": "km/h", "knots": "kn", "knot": "kn", "mps": "m/s", "hours": "h", "hour": "h",
    "hr": "h", "minutes": "min", "seconds": "s", "days": "d", "m^3/s": "m3/s", "cms": "m3/s", "cfs": "ft3/s", "persons": "people",
}  # fmt: skip
UNITS: Mapping[str, tuple[str, float]] = MappingProxyType(_FACTORS)

_FEET_AND_INCHES = re.compile(
    r"""^(\d+(?:\.\d+)?)\s*(?:'|ft|feet)\s*(\d+(?:\.\d+)?)\s*(?:"|in|inch|inches|'')$|^(\d+)'(\d+)$"""
)
_NUMBER = re.compile(r"^([-+−]?)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)(?:e([-+]?\d{1,3}))?\s*\+?\s*(.*)$")


@lru_cache(maxsize=4096)
def canonical_unit(unit: str) -> str:
    """The spelling of a unit that `UNITS` knows, "" for one it does not know.

    Examples
    --------
    >>> canonical_unit("Feet"), canonical_unit("sq ft"), canonical_unit("furlong")
    ('ft', 'ft2', '')
    """
    text = unicodedata.normalize("NFKC", unit).strip().rstrip(".").casefold()
    text = _SPELLINGS.get(text, text)
    return text if text in UNITS else ""


def unit_factor(given: str, wanted: str) -> float:
    """What a value in unit ``given`` is multiplied by to be in unit ``wanted``.

    Raises
    ------
    InputError
        When a unit is not known, or the two measure different things.

    Examples
    --------
    >>> unit_factor("ft", "m")
    0.3048
    >>> unit_factor("min", "h") == 1 / 60
    True
    """
    known, target = canonical_unit(given), canonical_unit(wanted)
    if not known or not target:
        raise InputError(
            "The unit {unit} is not known; use one of {known}.", unit=wanted if known else given, known=", ".join(UNITS)
        )
    if UNITS[known][0] != UNITS[target][0]:
        raise InputError(
            "The unit {given} measures {one}, not {other} as {wanted} does; correct the unit in the mapping file.",
            given=given, one=UNITS[known][0], other=UNITS[target][0], wanted=wanted,
        )  # fmt: skip
    return 1.0 if known == target else UNITS[known][1] / UNITS[target][1]


def parse_quantity(text: str, *, default: str, wanted: str) -> float:
    r"""A number with or without a unit, in unit ``wanted``; NaN where the text is not one number.

    Parameters
    ----------
    text
        "12", "12 m", "12,5m", "40'", "5'11\"", "30 mph", "1,200 m", "10+" (at least ten), "~3 m", full-width digits.
    default
        Unit of a bare number.
    wanted
        Unit of the result.

    Examples
    --------
    >>> parse_quantity("30 mph", default="km/h", wanted="m/s")
    13.4112
    >>> round(parse_quantity("5'6\"", default="m", wanted="m"), 4)
    1.6764
    >>> parse_quantity("tall", default="m", wanted="m")
    nan
    """
    # Primes first: NFKC makes two single ones of a double one.
    plain = unicodedata.normalize("NFKC", text.replace("″", '"').replace("′", "'").replace("’", "'")).strip().casefold()
    plain = plain.removeprefix("~").removeprefix("ca.").removeprefix("ca ").removeprefix("approx.").strip()
    both = _FEET_AND_INCHES.match(plain)
    if both and UNITS[canonical_unit(wanted)][0] == "length":
        return (float(both[1] or both[3]) * 0.3048 + float(both[2] or both[4]) * 0.0254) * unit_factor("m", wanted)
    found = _NUMBER.match(plain)
    if not found:
        return math.nan
    sign, digits, exponent, unit = found.groups()
    # "1,200" is one thousand two hundred, "12,5" is twelve and a half.
    grouped = re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", digits)
    plain_digits = digits.replace(",", "") if grouped else digits.replace(",", ".")
    number = float(f"{plain_digits}e{exponent or 0}")
    known = canonical_unit(unit) if unit.strip() else canonical_unit(default)
    if not known or not math.isfinite(number) or UNITS[known][0] != UNITS[canonical_unit(wanted)][0]:
        return math.nan
    return (-number if sign in ("-", "−") else number) * unit_factor(known, wanted)


def lowest_quantity(text: str, *, default: str, wanted: str) -> float:
    """As `parse_quantity`, but a list or a range ("2;3", "3.0m〜5.5m", "1-3") gives its lowest number.

    The lowest is the careful reading of storeys, widths and speeds alike.

    Examples
    --------
    >>> lowest_quantity("3.0m〜5.5m", default="m", wanted="m")
    3.0
    >>> lowest_quantity("10+", default="1", wanted="1")
    10.0
    """
    whole = parse_quantity(text, default=default, wanted=wanted)
    if not math.isnan(whole):
        return whole
    parts = [part for part in re.split(r"[;|/〜~～–]|(?<=\d)\s*-\s*(?=\d)", text) if part.strip()]
    if len(parts) < 2:
        return math.nan
    numbers = [parse_quantity(part, default=default, wanted=wanted) for part in parts]
    return math.nan if any(math.isnan(number) for number in numbers) else min(numbers)


def parse_quantities(values: NDArray[np.object_], *, default: str, wanted: str) -> NDArray[np.float64]:
    """`lowest_quantity` for each value, [n]; numbers are taken to be in ``default``; NaN where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> parse_quantities(np.array([3, "10 ft", None, float("inf")], dtype=object), default="m", wanted="m")
    array([3.   , 3.048,   nan,   nan])
    """
    factor = unit_factor(default, wanted)
    result = np.full(len(values), np.nan)
    read: dict[str, float] = {}  # texts repeat: "3", "yes", "7 m"
    for row, value in enumerate(values):
        if isinstance(value, str):
            if value not in read:
                read[value] = lowest_quantity(value, default=default, wanted=wanted)
            result[row] = read[value]
        elif isinstance(value, (bool, np.bool_)) or value is None:
            continue
        elif isinstance(value, (int, float, np.integer, np.floating)):
            result[row] = float(value) * factor
    result[~np.isfinite(result)] = np.nan
    return result
