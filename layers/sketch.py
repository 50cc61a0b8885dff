"""What people draw on the map, and what is drawn there of theirs: tools, shapes, routes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

#: Longitude and latitude, degrees.
Place = tuple[float, float]
ToolShape = Literal["point", "line", "area", "ends", "pick"]
Tone = Literal["walk", "careful", "car", "large", "emergency", "plain"]
#: Corners of one drawing at most; the browser stops there and `layers.map_events` refuses more.
MOST_CORNERS = 2_000


@dataclass(frozen=True)
class Tool:
    """A tool in the person's hand: with one, clicks on the map draw.

    Parameters
    ----------
    kind
        What is drawn ("flood_barrier"); it comes back in `layers.map_events.Drawn` and gives the symbol.
    shape
        "point" takes one click, "ends" two, "line" and "area" a corner with each click until they are finished; "pick" toggles
        elements of ``layer`` until it is finished.
    layer
        Id of the layer whose elements are picked; "" for the other shapes.
    hint
        What to do, shown over the map, in the reader's language.
    """

    kind: str
    shape: ToolShape
    layer: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Shape:
    """Something drawn, lying on the ground over everything else.

    Parameters
    ----------
    id
        Stable name of the measure.
    kind
        Gives the symbol; unknown kinds get a dot.
    shape
        "point", "line", "area" or "ends"; "pick" for measures made of ``elements`` alone.
    coordinates
        Corners; an area is not closed by repeating the first one.
    label
        In the reader's language.
    active
        Whether it acts at the moment shown; a bar of the same id (`layers.timeline.Bar`) tells it for every moment.
    elements
        (layer id, row) of each element it is made of, outlined.
    """

    id: str
    kind: str
    shape: ToolShape
    coordinates: tuple[Place, ...]
    label: str
    active: bool = True
    elements: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Sketch:
    """What is being drawn and what is drawn.

    Parameters
    ----------
    tool
        The tool in hand; None for clicks that ask.
    shapes
        Everything drawn so far.
    selected
        Id of the shape whose corners can be dragged, "" for none.
    """

    tool: Tool | None = None
    shapes: tuple[Shape, ...] = ()
    selected: str = ""

    def to_data(self) -> dict[str, Any]:
        """What the component gets.

        Examples
        --------
        >>> Sketch(Tool("pump", "point")).to_data()["tool"]["shape"]
        'point'
        """
        return {
            "tool": asdict(self.tool) if self.tool else None,
            "shapes": [
                {
                    "id": shape.id,
                    "kind": shape.kind,
                    "shape": shape.shape,
                    "coordinates": [[float(longitude), float(latitude)] for longitude, latitude in shape.coordinates],
                    "label": shape.label,
                    "active": bool(shape.active),
                    "elements": [[layer, int(index)] for layer, index in shape.elements],
                }
                for shape in self.shapes
            ],
            "selected": self.selected,
        }


@dataclass(frozen=True)
class Path:
    """One line of an overlay, such as a route.

    Parameters
    ----------
    coordinates
        At least two.
    label
        In the reader's language, written on the line and in the list of layers.
    tone
        Who goes there; gives colour and width.
    dashed
        For what is planned, or possible only for now.
    """

    coordinates: tuple[Place, ...]
    label: str
    tone: Tone = "plain"
    dashed: bool = False


@dataclass(frozen=True)
class Overlay:
    """Lines over the map that belong to an answer (the routes from one building).

    Parameters
    ----------
    id
        Stable name.
    title
        In the reader's language, over its lines in the list of layers.
    paths
        The lines.
    """

    id: str
    title: str
    paths: tuple[Path, ...]

    def to_data(self) -> dict[str, Any]:
        """What the component gets."""
        return {
            "id": self.id,
            "title": self.title,
            "paths": [
                {
                    "coordinates": [[float(longitude), float(latitude)] for longitude, latitude in path.coordinates],
                    "label": path.label,
                    "tone": path.tone,
                    "dashed": bool(path.dashed),
                }
                for path in self.paths
            ],
        }
