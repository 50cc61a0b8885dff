"""One layer of the map as a page uses it: what deck.gl draws, its title, its legend, whether it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pydeck
from numpy.typing import NDArray

from layers.blobs import Blobs
from layers.coding import PLAIN, UNKNOWN
from layers.legend import Legend
from layers.relief import Relief
from layers.scales import Scale, Surface

GEOMETRY_PATH = "geometry"
VALUES_PATH = "values"
LEAST_IN_CHUNK = 1_000
MOST_CHUNKS = 64
"""What lies beside the window is left out chunk by chunk: small ones leave out more, many of them cost time of their own."""


@dataclass(frozen=True)
class MapLayer:
    """One layer.

    Parameters
    ----------
    id
        Stable name, used in links and in picks ("buildings").
    title
        Translation key.
    deck
        The pydeck layer; its type is one of the component's custom classes.
    legend
        What its colours mean, or None.
    visible
        Whether it is drawn at first.
    """

    id: str
    title: str
    deck: pydeck.Layer
    legend: Legend | None = None
    visible: bool = True

    def explained(self, opened: bool) -> MapLayer:
        """The same layer, with its legend unfolded at first or not."""
        return self if self.legend is None else replace(self, legend=replace(self.legend, opened=opened))

    def shown(self, visible: bool) -> MapLayer:
        """The same layer, drawn at first or not."""
        return replace(self, visible=visible)


@dataclass(frozen=True)
class StepValues:
    """Names of the value bytes of a layer, one per step; a single one holds at all steps.

    ``shape`` is [rows, columns] for cells, (elements,) otherwise. ``surface`` names what tells how high the water of each step
    stands, see `layers.water_surface`.
    """

    names: tuple[str, ...]
    shape: tuple[int, ...]
    surface: tuple[str, ...] = ()

    def to_data(self) -> dict[str, list[Any]]:
        """What the browser gets."""
        return {"names": list(self.names), "shape": list(self.shape), "surface": list(self.surface)}


def put_values(blobs: Blobs, steps: Sequence[NDArray[np.uint8]]) -> StepValues:
    """Keep the coded values of all steps now."""
    return StepValues(tuple(blobs.put(np.ascontiguousarray(step).tobytes()) for step in steps), tuple(steps[0].shape))


def promise_values(
    blobs: Blobs,
    made_from: Sequence[tuple[str, ...]],
    shape: tuple[int, ...],
    codes_of_step: Callable[[int], NDArray[np.uint8]],
) -> StepValues:
    """Promise the coded values of each step; they are computed when a browser asks for them.

    Parameters
    ----------
    blobs
        The store.
    made_from
        For each step everything its bytes depend on, as text: field keys, the coding's name.
    shape
        Shape of the codes.
    codes_of_step
        Number of the step → uint8 codes; called in a worker thread, possibly more than once.
    """

    def factory(step: int) -> Callable[[], bytes]:
        return lambda: np.ascontiguousarray(codes_of_step(step)).tobytes()

    names = (blobs.promise(("values", *parts), factory(number)) for number, parts in enumerate(made_from))
    return StepValues(tuple(names), shape)


@dataclass(frozen=True)
class Shapes:
    """The shapes of a layer, as they are drawn.

    Parameters
    ----------
    bounds
        west, south, east, north of each element in the grid's CRS, [element, 4]; NaN for empty ones.
    message_of
        (first, last) → message of these elements.
    """

    bounds: NDArray[np.float64]
    message_of: Callable[[int, int], bytes]


def chunk_listing(
    blobs: Blobs,
    made_from: tuple[str, ...],
    shapes: Callable[[], Shapes],
    *,
    relief: Relief,
    chunk: int | None = None,
) -> dict[str, Any]:
    """Promise geometry in chunks of consecutive elements, and say where each lies, for "viewport first".

    Every scene of a city has the same: it is worked out once and kept with the terrain.

    Parameters
    ----------
    blobs
        The store.
    made_from
        What the geometry depends on (the fingerprint of the layer, the wire version).
    shapes
        Gives the shapes; called only when they are not known yet.
    relief
        What they stand on.
    chunk
        Elements in a chunk at most; None = as suits their number.
    """
    count, chunks = relief.kept(("chunks", *made_from, str(chunk)), lambda: _chunks(shapes(), relief, chunk))
    listing = []
    for each in chunks:
        # Promised each time: the store may be another one, or have forgotten it.
        name = blobs.promise((*made_from, str(each.first), str(each.last)), each.message)
        listing.append({"name": name, "first": each.first, "count": each.last - each.first, "bounds": list(each.bounds)})
    return {"count": count, "digest": blobs_digest(made_from, listing), "chunks": listing}


@dataclass(frozen=True)
class _Chunk:
    """Consecutive elements, from ``first`` to before ``last``: west, south, east, north in degrees, and their message."""

    first: int
    last: int
    bounds: tuple[float, ...]
    message: Callable[[], bytes]


def _chunks(shapes: Shapes, relief: Relief, chunk: int | None) -> tuple[int, tuple[_Chunk, ...]]:
    """The number of elements, and the chunks of them that hold any shape."""
    count = len(shapes.bounds)
    chunk = chunk or max(LEAST_IN_CHUNK, -(-count // MOST_CHUNKS))
    made = []
    for first in range(0, count, chunk):
        last = min(first + chunk, count)
        part = shapes.bounds[first:last]
        part = part[np.isfinite(part).all(axis=1)]
        if not len(part):
            continue
        box = (part[:, 0].min(), part[:, 1].min(), part[:, 2].max(), part[:, 3].max())
        degrees = tuple(round(v, 6) for v in relief.grid.to_wgs84.transform_bounds(*box))
        made.append(_Chunk(first, last, degrees, partial(shapes.message_of, first, last)))
    return count, tuple(made)


def blobs_digest(made_from: tuple[str, ...], listing: list[dict[str, Any]]) -> str:
    """A short name for a whole listing, by which the browser sees that nothing changed."""
    return "/".join((*made_from, str(len(listing)), *(str(entry["name"])[:8] for entry in listing[:2])))


def value_properties(values: StepValues | None, scale: Scale, *, surface: Surface = "solid") -> dict[str, Any]:
    """The properties by which a custom layer finds bytes and colours."""
    return {
        "values": (values or StepValues((), ())).to_data(),
        "colours": colour_properties(scale, surface=surface),
        # What elements without values show: nothing was said about them, so they are unknown, unless the scale is plain.
        "fill": 0 if scale.coding is PLAIN else UNKNOWN,
    }


def colour_properties(scale: Scale, *, surface: Surface = "solid") -> dict[str, str]:
    """The colours of a scale as the browser reads them."""
    return {"name": scale.name, "table": scale.table_text(surface=surface), "surface": surface}


def relief_properties(relief: Relief) -> dict[str, float]:
    """What every layer needs to stand on the same ground."""
    return {"datum": relief.datum, "exaggeration": relief.exaggeration}
