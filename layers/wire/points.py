"""Points with an icon and a label: shelters, facilities, sensors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from layers.relief import Relief
from layers.wire.container import pack


def points_message(
    x: NDArray[np.float64], y: NDArray[np.float64], relief: Relief, *, icons: Sequence[str], labels: Sequence[str]
) -> bytes:
    """The message of all points of a layer.

    Arrays: ``position`` float64 longitude, latitude per point; ``height`` float32; ``icon`` uint8, the place in the head's
    ``icons``. The head holds ``labels``.

    Parameters
    ----------
    x, y
        In the CRS of the relief's grid, m, [point].
    relief
        What they stand on.
    icons
        Name of the icon of each point.
    labels
        Name shown beside each point when it is picked out, "" for none.
    """
    names = sorted(set(icons))
    place = {name: number for number, name in enumerate(names)}
    longitude, latitude = relief.grid.to_wgs84.transform(x, y)
    return pack(
        "points",
        {"count": len(x), "icons": names, "labels": list(labels)},
        {
            "position": np.stack([longitude, latitude], axis=1).astype(np.float64),
            "height": relief.height_at(x, y).astype(np.float32),
            "icon": np.array([place[name] for name in icons], dtype=np.uint8),
        },
    )
