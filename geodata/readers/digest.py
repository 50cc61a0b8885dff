"""An identity for shapes that bring none: the digest of the geometry itself, the same on every machine and in every year."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

# 1 mm in metres; 1e-8 degrees is 1.1 mm at the equator.
DECIMALS_METRES = 3
DECIMALS_DEGREES = 8


def geometry_digests(shapes: NDArray[Any], *, geographic: bool) -> list[str]:
    """A short text for each shape: blake2b of its normalised WKB with coordinates rounded to 1 mm.

    Where a ring starts, which way it runs and the order of parts make no difference. Equal shapes get "-2", "-3" … in order.

    Parameters
    ----------
    shapes
        Geometries, [n].
    geographic
        True for degrees, False for metres.

    Examples
    --------
    >>> square = shapely.box(0, 0, 10, 10)
    >>> turned = shapely.Polygon([(10, 10), (0, 10), (0, 0), (10, 0)])
    >>> one, two = geometry_digests(np.array([square, turned]), geographic=False)
    >>> one, two == one + "-2"
    ('g10d62c4a1220371f', True)
    """
    decimals = DECIMALS_DEGREES if geographic else DECIMALS_METRES
    rounded = shapely.transform(shapely.force_2d(shapes), lambda points: np.round(points, decimals) + 0.0)
    texts = shapely.to_wkb(shapely.normalize(rounded), byte_order=1, include_srid=False)
    seen: dict[str, int] = {}
    digests = []
    for text in texts:
        digest = "g" + hashlib.blake2b(text or b"", digest_size=8).hexdigest()
        seen[digest] = seen.get(digest, 0) + 1
        digests.append(digest if seen[digest] == 1 else f"{digest}-{seen[digest]}")
    return digests
