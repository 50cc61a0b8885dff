"""What people call the level that heights are measured from."""

from __future__ import annotations

from functools import lru_cache

import pyproj

from geodata.errors import InputError
from geodata.heights import canonical
from geodata.source import VerticalReference


@lru_cache(maxsize=64)
def datum_name(reference: VerticalReference) -> str:
    """The name of a datum of heights as people say it; "" where the source names none.

    Examples
    --------
    >>> datum_name(VerticalReference("EPSG:6695")), datum_name(VerticalReference("EPSG:5703")), datum_name(VerticalReference())
    ('T.P.', 'NAVD88', '')
    """
    try:
        datum = canonical(reference).datum
        return str(pyproj.CRS.from_user_input(datum).name).removesuffix(" height") if ":" in datum else datum
    except (InputError, pyproj.exceptions.CRSError):  # whatever it is, it stands in the city as somebody wrote it
        return reference.datum
