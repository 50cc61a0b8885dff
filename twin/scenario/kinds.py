"""What the kinds of measures are called."""

from __future__ import annotations

from geodata.phrase import Phrase
from twin.scenario.timed import TimedPart

KIND_NAMES = {
    "flood_barrier": "Flood barrier",
    "levee_breach": "Levee breach",
    "pump": "Pump",
    "gate_closed": "Gate shut",
    "culvert": "Culvert",
    "storage": "Storage",
    "raised_road": "Raised road",
    "road_closure": "Road closed",
    "road_opened": "Road opened again",
    "shelter_opened": "Shelter opened",
    "shelter_closed": "Shelter closed",
    "evacuation_order": "Evacuation order",
}
"""By kind; translation keys."""


def title_of(measure: TimedPart) -> str | Phrase:
    """What people call a measure; where they gave it no name, its kind, which can be said in any language.

    Examples
    --------
    >>> from twin.scenario.measures import RoadClosure
    >>> str(title_of(RoadClosure(kind="road_closure", roads=("r1",))))
    'Road closed'
    """
    kind = str(getattr(measure, "kind", "measure"))
    return measure.name or Phrase(KIND_NAMES.get(kind, kind.replace("_", " ").capitalize()))
