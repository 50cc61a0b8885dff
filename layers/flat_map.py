"""A flat map drawn on the server, for browsers without WebGL 2 and for paper: a picture, and an SVG around it with a legend."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from geodata.grid import Grid
from layers.ground import GROUND_CLASSES
from layers.legend import Legend, Pattern
from layers.relief import Relief
from layers.scales import Scale

LARGEST_SIDE = 1600
LEGEND_WIDTH = 400
LINE = 24
ALARM_INK = (255.0, 214.0, 0.0)


@dataclass(frozen=True)
class MapPicture:
    """A picture of the map with what explains it.

    Parameters
    ----------
    image
        The map.
    legends
        Of what it shows.
    attribution
        Its sources.
    """

    image: Image.Image
    legends: tuple[Legend, ...]
    attribution: str


@dataclass(frozen=True)
class FlatLayer:
    """Shapes with one byte each.

    Parameters
    ----------
    shapes
        Geometries in the grid's CRS, [element].
    codes
        Bytes in the scale's coding, uint8 [element].
    scale
        How bytes are coloured.
    width
        Width of lines and points, m.
    """

    shapes: NDArray[np.object_]
    codes: NDArray[np.uint8]
    scale: Scale
    width: float = 6.0


def pattern_mask(pattern: int, rows: int, columns: int) -> NDArray[np.bool_]:
    """Where a pattern is inked, [rows, columns]; the same patterns as in the shader and the legend."""
    y, x = np.mgrid[0:rows, 0:columns]
    rising, falling = x + y, x - y
    match pattern:
        case Pattern.STRIPES:
            return np.asarray(rising % 9 < 4)
        case Pattern.DOTS:
            return np.asarray((x % 7 - 3) ** 2 + (y % 7 - 3) ** 2 <= 2)
        case Pattern.DIAGONAL:
            return np.asarray(falling % 11 < 2)
        case Pattern.DENSE_DIAGONAL:
            return np.asarray(falling % 6 < 2)
        case Pattern.CROSS:
            return np.asarray((rising % 11 < 2) | (falling % 11 < 2))
        case Pattern.DENSE_CROSS:
            return np.asarray((rising % 6 < 2) | (falling % 6 < 2))
        case Pattern.BARS:
            return np.asarray(rising % 10 < 4)
        case Pattern.LEVEL:
            return np.asarray(y % 7 < 1)
        case Pattern.ALARM:
            return np.asarray(falling % 10 < 5)
        case _:
            return np.zeros((rows, columns), dtype=bool)


def painted(picture: NDArray[np.float64], codes: NDArray[np.uint8], table: NDArray[np.uint8]) -> None:
    """Lay coloured and patterned codes over a picture, in place.

    Parameters
    ----------
    picture
        Red, green, blue, 0–255, [row, column, 3].
    codes
        uint8 [row, column].
    table
        Of `layers.scales.Scale.table`.
    """
    colour = table[0, codes, :3].astype(np.float64)
    alpha = table[0, codes, 3:].astype(np.float64) / 255.0
    patterns, gaps = table[1, codes, 0], table[1, codes, 2] > 0
    for pattern in np.unique(patterns).tolist():
        if pattern == Pattern.SOLID:
            continue
        mask = pattern_mask(pattern, *codes.shape)
        alpha[gaps & (patterns == pattern) & ~mask] = 0.0
        inked = (patterns == pattern) & mask & ~gaps
        if pattern == Pattern.BARS:
            colour[inked] = 255.0
        elif pattern == Pattern.ALARM:
            colour[inked] = ALARM_INK
        elif pattern == Pattern.STRIPES:
            colour[inked] = 255.0 - (255.0 - colour[inked]) * 0.45
        else:
            colour[inked] *= 0.7
    picture *= 1 - alpha
    picture += colour * alpha


def flat_picture(
    relief: Relief,
    ground: NDArray[np.uint8],
    *,
    waters: Sequence[tuple[NDArray[np.uint8], Scale]] = (),
    layers: Sequence[FlatLayer] = (),
    largest: int = LARGEST_SIDE,
) -> Image.Image:
    """The whole city from above, north up.

    Parameters
    ----------
    relief
        For the hillshade and the frame.
    ground
        From `layers.ground.ground_classes`, uint8 [rows, columns].
    waters
        Codes of what lies over the ground, uint8 [rows, columns] over the same frame, each with how they are coloured.
    layers
        Roads, buildings, points, in drawing order.
    largest
        Pixels along the longer side.
    """
    rows, columns = relief.grid.shape
    zoom = largest / max(rows, columns)
    shape = max(round(rows * zoom), 1), max(round(columns * zoom), 1)
    palette = np.zeros((256, 3))
    palette[: len(GROUND_CLASSES)] = [entry.light for entry in GROUND_CLASSES]
    shade = _resized(relief.shade(), shape).astype(np.float64) / 200.0
    picture = np.minimum(palette[_resized(ground, shape)] * shade[..., None], 255.0)
    for water, scale in waters:
        painted(picture, _resized(water, shape), scale.table(surface="water"))
    for layer in layers:
        _paint_shapes(picture, layer, relief.grid)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def _resized(codes: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.uint8]:
    row = np.minimum(np.arange(shape[0]) * codes.shape[0] // shape[0], codes.shape[0] - 1)
    column = np.minimum(np.arange(shape[1]) * codes.shape[1] // shape[1], codes.shape[1] - 1)
    return codes[np.ix_(row, column)]


def _paint_shapes(picture: NDArray[np.float64], layer: FlatLayer, grid: Grid) -> None:
    rows, columns = picture.shape[:2]
    west, south, east, north = grid.bounds
    across, down = columns / (east - west), rows / (north - south)
    drawn = Image.new("I", (columns, rows), 0)
    canvas = ImageDraw.Draw(drawn)
    table = layer.scale.table()

    def pixels(coordinates: NDArray[np.float64]) -> list[tuple[float, float]]:
        return list(zip((coordinates[:, 0] - west) * across, (north - coordinates[:, 1]) * down, strict=True))

    parts, owner = shapely.get_parts(layer.shapes, return_index=True)
    for part, number in zip(parts, owner.tolist(), strict=True):
        ink = int(layer.codes[number]) + 1
        if part.geom_type == "Polygon":
            if len(part.exterior.coords) > 3:
                canvas.polygon(pixels(shapely.get_coordinates(part.exterior)), fill=ink)
            for hole in part.interiors:
                canvas.polygon(pixels(shapely.get_coordinates(hole)), fill=0)
        elif part.geom_type in ("LineString", "LinearRing"):
            wide = layer.width * table[1, ink - 1, 1] / 64.0 * across
            canvas.line(pixels(shapely.get_coordinates(part)), fill=ink, width=max(1, round(wide)))
        elif part.geom_type == "Point":
            ((x, y),) = pixels(shapely.get_coordinates(part))
            size = max(5.0, layer.width * across)
            # The state is told by the shape too: usable round, unusable square, unknown a diamond.
            if ink - 1 == 0:
                canvas.ellipse((x - size, y - size, x + size, y + size), fill=ink)
            elif ink - 1 < 254:
                canvas.rectangle((x - size, y - size, x + size, y + size), fill=ink)
            else:
                canvas.polygon([(x, y - 1.4 * size), (x + 1.4 * size, y), (x, y + 1.4 * size), (x - 1.4 * size, y)], fill=ink)
    inked = np.asarray(drawn)
    there = inked > 0
    codes = np.where(there, inked - 1, 0).astype(np.uint8)
    layered = picture.copy()
    painted(layered, codes, table)
    if any(part.geom_type != "LineString" for part in parts[:1]):
        edge = there & ~(np.roll(there, 1, 0) & np.roll(there, -1, 0) & np.roll(there, 1, 1) & np.roll(there, -1, 1))
        layered[edge] *= 0.6
    picture[there] = layered[there]


def flat_png(picture: Image.Image) -> bytes:
    """The picture as PNG."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def flat_svg(
    picture: Image.Image,
    legends: Sequence[Legend],
    *,
    title: str,
    attribution: str,
    translate: Callable[[str], str] = str,
) -> str:
    """The picture with its legend beside it, as one SVG document without any reference to elsewhere.

    The text is set by the reader's browser, so every language has its letters. The document contains no script; all text is
    escaped.

    Parameters
    ----------
    picture
        From `flat_picture`.
    legends
        One block each.
    title
        What is shown, read out to those who cannot see it.
    attribution
        Under the map.
    translate
        From translation key to the reader's language.
    """
    width, height = picture.size
    data = base64.b64encode(flat_png(picture)).decode()
    body, definitions, low = _legend_column(legends, width + 16, translate)
    tall = max(height + 28, low)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + LEGEND_WIDTH} {tall}" role="img" '
        f'aria-label="{escape(title, quote=True)}" font-family="sans-serif" font-size="14" fill="#1c2430">'
        f"<title>{escape(title)}</title><defs>{''.join(definitions)}</defs>"
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/>'
        f"{''.join(body)}"
        f'<text x="4" y="{height + 18}" font-size="12">{escape(attribution)}</text></svg>'
    )


def legend_html(legends: Sequence[Legend], *, translate: Callable[[str], str] = str) -> str:
    """Legends alone, as blocks of HTML: of several pictures that they all explain.

    Parameters
    ----------
    legends
        One block each.
    translate
        From translation key to the reader's language.
    """
    blocks = []
    for block, legend in enumerate(legends):
        rows = []
        for number, entry in enumerate(legend.entries):
            name = f"l{block}e{number}"
            swatch = (
                f'<svg viewBox="0 0 28 16" width="28" height="16" aria-hidden="true">'
                f"<defs>{_swatch(name, entry.colour, entry.pattern)}</defs>"
                f'<rect width="28" height="16" fill="url(#{name})" stroke="#3c4250"/></svg>'
            )
            rows.append(f"<li>{swatch} {escape(translate(entry.label))}</li>")
        blocks.append(f"<div><b>{escape(translate(legend.title))}</b><ul>{''.join(rows)}</ul></div>")
    return f'<div class="legend">{"".join(blocks)}</div>'


def _legend_column(legends: Sequence[Legend], x: int, translate: Callable[[str], str]) -> tuple[list[str], list[str], int]:
    """Lines and patterns of legends one under the other, and where they end."""
    body: list[str] = []
    definitions: list[str] = []
    y = 24
    for legend in legends:
        body.append(f'<text x="{x}" y="{y}" font-weight="bold">{escape(translate(legend.title))}</text>')
        y += 10
        for entry in legend.entries:
            name = f"p{len(definitions)}"
            definitions.append(_swatch(name, entry.colour, entry.pattern))
            body.append(f'<rect x="{x}" y="{y}" width="28" height="16" fill="url(#{name})" stroke="#3c4250"/>')
            body.append(f'<text x="{x + 38}" y="{y + 13}">{escape(translate(entry.label))}</text>')
            y += LINE
        y += LINE
    return body, definitions, y


def _swatch(name: str, colour: tuple[int, int, int], pattern: int) -> str:
    """An SVG pattern cut from the very mask of the map."""
    picture = np.zeros((16, 28, 3)) + np.asarray(colour, dtype=np.float64)
    table: NDArray[Any] = np.zeros((2, 256, 4), dtype=np.uint8)
    table[0, 0], table[1, 0, 0] = (*colour, 255), pattern
    painted(picture, np.zeros((16, 28), dtype=np.uint8), table)
    data = base64.b64encode(flat_png(Image.fromarray(picture.astype(np.uint8)))).decode()
    swatch = f'<image width="28" height="16" href="data:image/png;base64,{data}"/>'
    return f'<pattern id="{name}" width="1" height="1">{swatch}</pattern>'
