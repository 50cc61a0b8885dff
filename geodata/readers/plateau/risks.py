"""Official risk records of buildings and flood surfaces: every river, scale and hazard kept, ranks read as intervals."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from lxml import etree

from geodata.readers.plateau.attributes import generic_attributes, number, set_name
from geodata.readers.plateau.codelists import Codelists
from geodata.readers.plateau.namespaces import local_name
from geodata.readers.plateau.tally import Tally

# Lower bounds of the ranks 1–6 of the official maps, m (MLIT 水害ハザードマップ作成の手引き; DOMAIN.md).
RANK_BOUNDS = (0.0, 0.5, 3.0, 5.0, 10.0, 20.0, math.inf)
_HAZARDS = {
    "RiverFlooding": "river_flood",
    "InlandFlooding": "inland_flood",
    "HighTide": "high_tide",
    "Tsunami": "tsunami",
    "ReservoirFlooding": "reservoir",
    "LandSlide": "landslide",
}
_ELEMENT = re.compile(rf"^(?:Building|WaterBody)?({'|'.join(_HAZARDS)})RiskAttribute$")
_WORDS = (
    ("高潮", "high_tide"),
    ("津波", "tsunami"),
    ("内水", "inland_flood"),
    ("雨水出水", "inland_flood"),
    ("ため池", "reservoir"),
    ("土砂", "landslide"),
    ("急傾斜", "landslide"),
    ("土石流", "landslide"),
    ("地すべり", "landslide"),
    ("洪水", "river_flood"),
    ("浸水予想", "river_flood"),
)
_AMOUNT = r"(\d+(?:\.\d+)?)\s*(cm|m|メートル|センチ)?"
_LOW = re.compile(_AMOUNT + r"\s*(?:以上|を?超|より大)")
_HIGH = re.compile(_AMOUNT + r"\s*(?:未満|以下|まで)")
_SPAN = re.compile(_AMOUNT + r"\s*[~〜\-–—]\s*" + _AMOUNT)
_OPEN = re.compile(_AMOUNT + r"\s*[~〜]\s*$")
_BELOW = re.compile(r"^\s*[~〜]\s*" + _AMOUNT)
_SCALE = {"計画規模": "L1", "想定最大規模": "L2", "L1": "L1", "L2": "L2"}
_TAIL = re.compile(
    r"(?:洪水|高潮|津波|内水|雨水出水)?(?:による)?浸水(?:想定区域|予想区域|想定|予想)?(?:図)?[（(].*[)）]$|(?:洪水|高潮|津波|内水)?浸水(?:想定|予想)(?:区域)?(?:図)?$"
)
_HOURS = {"hour": 1.0, "hours": 1.0, "h": 1.0, "時間": 1.0, "": 1.0, "minute": 1 / 60, "min": 1 / 60, "分": 1 / 60,
          "day": 24.0, "日": 24.0, "s": 1 / 3600, "second": 1 / 3600}  # fmt: skip
_MOST_METRES, _MOST_HOURS = 200.0, 10_000.0
_METRES = {"m": 1.0, "": 1.0, "cm": 0.01, "mm": 0.001}


@dataclass(frozen=True)
class Risk:
    """One official record: what hazard, which river or coast, how deep; unknown numbers are None.

    ``zone`` and ``phenomenon`` are the words of landslide records.
    """

    hazard: str
    name: str = ""
    scale: str = ""
    authority: str = ""
    rank: int | None = None
    depth: float | None = None
    depth_low: float | None = None
    depth_high: float | None = None
    duration: float | None = None
    zone: str = ""
    phenomenon: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a building may have one record of."""
        return self.hazard, self.name, self.scale, self.authority

    @property
    def severity(self) -> tuple[float, float, float, float]:
        """For choosing between two records of one key: the worse sorts last."""
        high = -1.0 if self.depth_high is None else self.depth_high
        return (high, self.depth if self.depth is not None else -1.0, float(self.rank or 0), self.duration or 0.0)


@lru_cache(maxsize=1024)
def rank_interval(text: str) -> tuple[float, float] | None:
    """(low, high) in metres from the words of a rank, high infinite where it is open; None where it names no depth.

    Examples
    --------
    >>> rank_interval("0.5m以上3m未満"), rank_interval("０．５ｍ未満"), rank_interval("20m以上"), rank_interval("2")
    ((0.5, 3.0), (0.0, 0.5), (20.0, inf), None)
    """
    plain = unicodedata.normalize("NFKC", text).replace("~", "〜").replace("、", "")
    span, low, high = _SPAN.search(plain), _LOW.search(plain), _HIGH.search(plain)
    if span:
        unit = span.group(4) or span.group(2)
        ends = _metres(span.group(1), span.group(2) or unit), _metres(span.group(3), unit)
    elif low or high:
        unit = (high.group(2) if high else None) or (low.group(2) if low else None)
        ends = (
            _metres(low.group(1), low.group(2) or unit) if low else 0.0,
            _metres(high.group(1), high.group(2) or unit) if high else math.inf,
        )
    elif found := _BELOW.search(plain):
        ends = 0.0, _metres(found.group(1), found.group(2))
    elif found := _OPEN.search(plain):
        ends = _metres(found.group(1), found.group(2)), math.inf
    else:
        return None
    return ends if ends[0] < ends[1] else None


def rank_within(low: float, high: float) -> int | None:
    """The rank 1–6 whose class holds a whole interval, or None when it reaches over a bound.

    A depth is the interval [depth, depth].

    Examples
    --------
    >>> rank_within(0.5, 3.0), rank_within(1.0, 2.0), rank_within(0.3, 1.0), rank_within(5.0, math.inf), rank_within(3.0, 3.0)
    (2, 2, None, None, 3)
    """
    for rank, (bottom, top) in enumerate(pairwise(RANK_BOUNDS), 1):
        if bottom <= low < top and high <= top:
            return rank
    return None


def scale_of(text: str) -> str:
    """L1 or L2 where the words say so, else the words.

    Examples
    --------
    >>> scale_of("L2（想定最大規模）"), scale_of("計画規模"), scale_of("1/30年")
    ('L2', 'L1', '1/30年')
    """
    return next((scale for word, scale in _SCALE.items() if word in text), text)


def hazard_of(words: str) -> str:
    """The hazard that a name speaks of, "" where it names none.

    Examples
    --------
    >>> hazard_of("多摩水系多摩川洪水浸水想定区域（計画規模）"), hazard_of("熊本県沿岸高潮浸水想定区域")
    ('river_flood', 'high_tide')
    """
    return next((hazard for word, hazard in _WORDS if word in words), "")


def river_of(set_title: str) -> str:
    """The river or coast in the title of a generic attribute set.

    Examples
    --------
    >>> river_of("多摩水系多摩川、浅川、大栗川洪水浸水想定区域（計画規模）")
    '多摩水系多摩川、浅川、大栗川'
    """
    return _TAIL.sub("", set_title).strip() or set_title


def rank_lists(hazard: str) -> tuple[str, ...]:
    """Names of the code lists in which data sets explain their ranks of a hazard.

    Examples
    --------
    >>> rank_lists("tsunami")
    ('BuildingTsunamiRiskAttribute_rank', 'TsunamiRiskAttribute_rank', 'WaterBodyTsunamiRiskAttribute_rank')
    """
    stem = next(name for name, known in _HAZARDS.items() if known == hazard)
    return tuple(f"{prefix}{stem}RiskAttribute_rank" for prefix in ("Building", "", "WaterBody"))


def is_risk(element: etree._Element) -> bool:
    """Whether an element is a risk record of i-UR 2 or later."""
    return _ELEMENT.match(local_name(element.tag)) is not None


def read_risk(element: etree._Element, codelists: Codelists, tally: Tally, *, owner: str) -> Risk | None:
    """A risk record of i-UR 2.0 to 4.0 (``RiverFloodingRiskAttribute`` and kin), None for another element."""
    found = _ELEMENT.match(local_name(element.tag))
    if found is None:
        return None
    hazard = _HAZARDS[found.group(1)]
    words: dict[str, str] = {}
    amounts: dict[str, float | None] = {}
    for child in element:
        name = local_name(child.tag)
        if name in {"depth", "duration", "maximumDepth", "coastalStructureHeight"}:
            amounts[name] = _amount(child.text, child.get("uom", ""), name, tally, owner)
        else:
            words[name] = codelists.text(child)
    if hazard == "landslide":
        return landslide_risk(words.get("areaType", ""), words.get("description", ""), codelists)
    texts = [words[name] for name in ("rank", "rankOrg") if words.get(name)]
    return flood_risk(hazard, words.get("description", ""), scale_of(words.get("scale", "")), words.get("adminType", ""), texts,
                      depth=amounts.get("depth"), duration=amounts.get("duration"), tally=tally, owner=owner)  # fmt: skip


def read_generic_risk(element: etree._Element, codelists: Codelists, tally: Tally, *, owner: str) -> Risk | None:
    """A risk record of i-UR 1.4, written as a generic attribute set; None for a set that speaks of no hazard."""
    title = set_name(element)
    hazard = hazard_of(title)
    values = {name: (value, unit) for name, value, unit in generic_attributes(element)}
    if not hazard:
        return None
    if hazard == "landslide":
        return landslide_risk(values.get("区域区分", ("", ""))[0], values.get("現象の種類", ("", ""))[0], codelists)
    if not {"浸水ランク", "浸水深", "浸水ランクコード"} & set(values):
        return None
    rank = next((values[name][0] for name in ("浸水ランク", "浸水ランクコード") if values.get(name, ("", ""))[0]), "")
    if rank and rank_interval(rank) is None:  # a bare code: only the data set's own list may say what it means
        told = codelists.lookup(rank, *rank_lists(hazard))
        if not told:
            tally.count(
                "noted", "rank {rank} has no list in the data set: not interpreted", values={"rank": rank}, example=owner
            )
        rank = told
    depth = _amount(*values.get("浸水深", ("", "")), "depth", tally, owner)
    duration = _amount(*values.get("継続時間", values.get("浸水継続時間", ("", ""))), "duration", tally, owner)
    scale = scale_of(values.get("規模", ("", ""))[0] or next((word for word in _SCALE if word in title), ""))
    authority = values.get("指定機関", values.get("管理区分", ("", "")))[0]
    texts = [rank] if rank else []
    return flood_risk(
        hazard, river_of(title), scale, authority, texts, depth=depth, duration=duration, tally=tally, owner=owner
    )


def merged(risks: list[Risk], tally: Tally, *, owner: str) -> list[Risk]:
    """One record per hazard, name, scale and authority: repeats are merged, of differing ones the deepest is kept."""
    kept: dict[tuple[str, str, str, str], Risk] = {}
    for risk in risks:
        other = kept.get(risk.key)
        if other is None:
            kept[risk.key] = risk
        elif other == risk:
            tally.count("repaired", "exact duplicate of a risk record merged", example=owner)
        else:
            tally.count("dropped", "risk record of the same river and scale that is less deep", example=owner)
            worse, milder = (risk, other) if risk.severity > other.severity else (other, risk)
            kept[risk.key] = worse if worse.duration is not None else replace(worse, duration=milder.duration)
    return list(kept.values())


def row(risk: Risk) -> dict[str, Any]:
    """The columns of `geodata.tables.buildings.BUILDING_RISKS` without the building."""
    return {
        name: math.nan if (value := getattr(risk, name)) is None and name != "rank" else value
        for name in ("hazard", "name", "scale", "authority", "rank", "depth", "depth_low", "depth_high", "duration", "zone",
                     "phenomenon")
    }  # fmt: skip


def landslide_risk(zone: str, phenomenon: str, codelists: Codelists) -> Risk:
    """A landslide record from its zone and phenomenon, words or bare codes."""
    zone = codelists.lookup(zone, "SedimentDisasterProneArea_areaType", "LandSlideRiskAttribute_areaType") or zone
    kinds = ("SedimentDisasterProneArea_disasterType", "LandSlideRiskAttribute_description")
    phenomenon = codelists.lookup(phenomenon, *kinds) or phenomenon
    # A building can lie in a warning zone and in a special one, of several phenomena: the name must tell them apart.
    name = f"{phenomenon}（{zone}）" if phenomenon and zone else phenomenon or zone
    return Risk("landslide", name=name, zone=zone, phenomenon=phenomenon)


def flood_risk(
    hazard: str,
    name: str,
    scale: str,
    authority: str,
    rank_texts: list[str],
    *,
    tally: Tally,
    depth: float | None = None,
    duration: float | None = None,
    owner: str = "",
) -> Risk:
    """A flood record from the words of its rank and its depth, m, and duration, h, where they are known.

    The depth decides both ends where there is one; else the narrowest interval that the rank's words give.
    """
    intervals = [interval for text in rank_texts if (interval := rank_interval(text))]
    if rank_texts and not intervals:
        tally.count("noted", "rank {rank} names no depth: not interpreted", values={"rank": rank_texts[0]}, example=owner)
    rank = next((found for low, high in intervals if (found := rank_within(low, high))), None)
    if intervals and rank is None:
        tally.count(
            "noted", "rank classes of the source do not fit ranks 1–6: depth kept, rank only from the depth", example=owner
        )
    if depth is not None:
        if intervals and not any(low - 0.01 <= depth <= high + 0.01 for low, high in intervals):
            tally.count("noted", "depth lies outside its rank: both kept as given", example=owner)
        low_end = high_end = depth
        rank = rank or rank_within(depth, depth)
    elif intervals:
        low_end, high_end = min(intervals, key=lambda ends: ends[1] - ends[0])
        if math.isinf(high_end):
            high_end = low_end
    else:
        return Risk(hazard, name, scale, authority, duration=duration)
    return Risk(hazard, name, scale, authority, rank, depth, low_end, high_end, duration)


def _amount(text: str | None, unit: str, kind: str, tally: Tally, owner: str) -> float | None:
    value = number(text)
    most = _MOST_HOURS if kind == "duration" else _MOST_METRES
    if value is None or (not math.isnan(value) and not 0 <= value <= most):
        tally.count(
            "defaulted",
            "{kind} {value} of a risk record is no amount: unknown",
            values={"kind": kind, "value": text},
            example=owner,
        )
        return None
    if math.isnan(value):
        return None
    factors = _HOURS if kind == "duration" else _METRES
    factor = factors.get(unit.strip().rpartition("#")[2])
    if factor is None:
        tally.count(
            "defaulted", "{kind} in the unknown unit {unit}: unknown", values={"kind": kind, "unit": unit}, example=owner
        )
        return None
    return value * factor


def _metres(amount: str, unit: str | None) -> float:
    return float(amount) * (0.01 if unit in {"cm", "センチ"} else 1.0)
