"""Heights: what they are measured from, and how one reference becomes another: converted or refused, never ignored.

Japan's T.P. (mean sea level of Tokyo Bay) is realised by benchmarks, which were revised: JGD2000, JGD2011 (EPSG:6695) and,
since April 2025, JGD2024. Benchmarks moved by up to +23/−40 cm in that last revision (DOMAIN.md), so epochs are kept apart.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from pyproj.crs import CompoundCRS
from pyproj.database import query_crs_info
from pyproj.datadir import get_user_data_dir  # type: ignore[attr-defined]  # documented, yet not in its __all__
from pyproj.enums import PJType
from pyproj.transformer import TransformerGroup

from geodata.crs import horizontal_part, missing_grids, parse_crs
from geodata.errors import InputError
from geodata.report import ImportReport
from geodata.river_datums import RIVER_DATUMS, river_datum
from geodata.source import VerticalReference

METRES_PER_UNIT = {"m": 1.0, "ft": 0.3048, "us-ft": 1200 / 3937}
"""Exact by definition: international foot 1959, US survey foot."""


# Names people write → the vertical CRS meant. T.P. alone says no epoch.
_CRS_OF_NAME = {
    "NAVD88": "EPSG:5703", "NGVD29": "EPSG:7968", "NAP": "EPSG:5709", "EGM96": "EPSG:5773", "EGM2008": "EPSG:3855",
    "ODN": "EPSG:5701",
    "AOD": "EPSG:5701", "MAOD": "EPSG:5701", "EVRF2007": "EPSG:5621", "N2000": "EPSG:3900", "AHD": "EPSG:5711",
}  # fmt: skip
_EPOCH_OF_CODE = {"EPSG:6694": "JGD2000", "EPSG:6695": "JGD2011"}
_CODE_OF_EPOCH = {epoch: code for code, epoch in _EPOCH_OF_CODE.items()}
_ELLIPSOIDAL = "ellipsoidal"
_GAUGE = "gauge zero"


def canonical(reference: VerticalReference) -> VerticalReference:
    """The same reference in one spelling, so that two of them can be compared.

    Examples
    --------
    >>> canonical(VerticalReference("EPSG:6697"))
    VerticalReference(datum='T.P.', unit='m', epoch='JGD2011')
    >>> canonical(VerticalReference("navd 88", unit="ft"))
    VerticalReference(datum='EPSG:5703', unit='ft', epoch='')
    >>> canonical(VerticalReference("EPSG:6360"))       # NAVD88 height (ftUS)
    VerticalReference(datum='EPSG:5703', unit='us-ft', epoch='')
    """
    text, unit, epoch = reference.datum.strip(), reference.unit, reference.epoch.strip().upper()
    if unit not in METRES_PER_UNIT:
        raise InputError("Heights in {unit} are not known; give them in m, ft or us-ft.", unit=unit)
    if not text:
        return VerticalReference("", unit, epoch)
    plain = re.sub(r"[\s._\-()]", "", text).upper()
    if plain in ("GAUGEZERO", "GAUGE", "STAGE", "零点高"):
        return VerticalReference(_GAUGE, unit, epoch)
    if plain.startswith("ELLIPSOID"):
        return VerticalReference(_ELLIPSOIDAL, unit, epoch)
    for year in ("2000", "2011", "2024"):
        if plain in (f"JGD{year}", f"JGD{year}VERTICAL", f"TP{year}", f"TPJGD{year}"):
            return VerticalReference("T.P.", unit, f"JGD{year}")
    if plain in ("TP", "TOKYOPEIL", "東京湾平均海面", "東京湾中等潮位"):
        return VerticalReference("T.P.", unit, epoch)
    for river in RIVER_DATUMS:
        if plain == river.name.replace(".", ""):
            return VerticalReference(river.name, unit, epoch)
    text = _CRS_OF_NAME.get(plain, text)
    try:
        crs = pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        return VerticalReference(reference.datum.strip(), unit, epoch)
    return _canonical_crs(crs, unit, epoch)


def _canonical_crs(crs: pyproj.CRS, unit: str, epoch: str) -> VerticalReference:
    if crs.is_compound:
        vertical = [part for part in crs.sub_crs_list if part.is_vertical]
        if not vertical:
            return VerticalReference("", unit, epoch)
        crs = vertical[0]
    if not crs.is_vertical:
        # a geographic 3D CRS measures from its ellipsoid; a 2D one says nothing about heights
        return VerticalReference(_ELLIPSOIDAL if len(crs.axis_info) == 3 else "", unit, epoch)
    axis = crs.axis_info[0]
    if axis.direction == "down":
        raise InputError("Heights in {datum} grow downwards; convert them to heights first.", datum=crs.name)
    if unit == "m" and "foot" in axis.unit_name:
        unit = "us-ft" if "US" in axis.unit_name else "ft"  # the CRS itself says feet; "m" is only our default
    code = ":".join(crs.to_authority() or ("", ""))
    code = {"EPSG:6360": "EPSG:5703", "EPSG:8228": "EPSG:5703", "EPSG:5702": "EPSG:7968"}.get(code, code)
    if code in _EPOCH_OF_CODE:
        return VerticalReference("T.P.", unit, _EPOCH_OF_CODE[code])
    if "JGD2024" in crs.name:
        return VerticalReference("T.P.", unit, "JGD2024")
    return VerticalReference(code if code != ":" else crs.name, unit, epoch)


def reference_of(crs: Any) -> VerticalReference | None:
    """What the heights of a 3D or compound CRS are measured from; None for a CRS without heights.

    Examples
    --------
    >>> reference_of("EPSG:6697")
    VerticalReference(datum='EPSG:6695', unit='m', epoch='JGD2011')
    >>> reference_of("EPSG:6677") is None
    True
    """
    known = parse_crs(crs)
    if known.is_compound:
        vertical = next((part for part in known.sub_crs_list if part.is_vertical), None)
        if vertical is None:
            return None
        code = ":".join(vertical.to_authority() or ("", "")).strip(":") or vertical.name
        made = _canonical_crs(vertical, "m", "")
        return VerticalReference(code, made.unit, made.epoch)
    return VerticalReference(_ELLIPSOIDAL) if len(known.axis_info) == 3 and known.is_geographic else None


def convert(
    values: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    *,
    from_: VerticalReference,
    to: VerticalReference,
    crs: Any,
    report: ImportReport,
    layer: str,
    offset: float | None = None,
    assume_same: bool = False,
) -> NDArray[np.float64]:
    """Heights in metres in the city's reference.

    In this order: feet become metres; an offset given by a person is added, and recorded; equal references are done; an
    unstated one is taken as the city's only if ``assume_same`` (recorded); Japanese river datums (`RIVER_DATUMS`) reach T.P.
    by their fixed offset; everything else goes through PROJ with ballpark transformations forbidden.

    Parameters
    ----------
    values
        Heights in ``from_``, any shape; NaN stays NaN.
    x, y
        Where they are, in ``crs`` (x = easting or longitude), broadcast against ``values``.
    from_, to
        What the heights are measured from, and what the city measures from.
    crs
        CRS of x and y.
    offset
        Metres to add after the unit conversion, given by a person (``--vertical-offset``); replaces any datum conversion.
    assume_same
        Take a reference that is not stated as the city's.

    Raises
    ------
    InputError
        When the conversion is not known here: the missing grid or the differing epochs are named, and the offset is offered.

    Examples
    --------
    >>> report = ImportReport()
    >>> pump = convert([3.0], [139.8], [35.7], from_=VerticalReference("A.P."), to=VerticalReference("EPSG:6695"),
    ...                crs="EPSG:6668", report=report, layer="sensors")
    >>> float(round(pump[0], 4))
    1.8656
    >>> report.lines[0].text
    'heights above A.P. were lowered or raised by -1.1344 m to T.P. (荒川・中川・多摩川 (Arakawa Peil))'
    """
    source, target = canonical(from_), canonical(to)
    given = np.asarray(values, dtype=np.float64)
    metres = given * METRES_PER_UNIT[source.unit]
    count = int(np.isfinite(given).sum())
    if source.unit != "m":
        report.noted(layer, "heights were turned from {unit} into m", count, values={"unit": source.unit})
    if offset is not None:
        if not np.isfinite(offset):
            raise InputError(
                "A vertical offset of {offset} m is not a number; give metres to add, for example 0.35.", offset=offset
            )
        report.noted(
            layer,
            "{offset} m were added to heights above {source}, as told by --vertical-offset, to reach {target}",
            count,
            values={"offset": offset, "source": _spoken(source), "target": _spoken(target)},
        )
        return metres + offset
    if source.datum == target.datum and source.datum not in ("", _GAUGE):
        if source.epoch == target.epoch:
            return metres
        if "" in (source.epoch, target.epoch):
            report.noted(
                layer,
                "the epoch of the heights above {datum} is not stated; it is taken as {epoch}",
                count,
                values={"datum": source.datum, "epoch": source.epoch or target.epoch},
            )
            return metres
    if not source.datum or not target.datum:
        return _unstated(metres, source, target, count, report=report, layer=layer, assume_same=assume_same)
    if source.datum == _GAUGE or target.datum == _GAUGE:
        raise InputError(
            "Levels of {layer} are measured from the zero of a gauge whose elevation is not known; "
            "give the elevation of that zero with --vertical-offset M.",
            layer=layer,
        )
    return metres + _difference(metres, x, y, source, target, crs, count, report=report, layer=layer)


def _unstated(
    metres: NDArray[np.float64],
    source: VerticalReference,
    target: VerticalReference,
    count: int,
    *,
    report: ImportReport,
    layer: str,
    assume_same: bool,
) -> NDArray[np.float64]:
    if not assume_same or source.datum == _GAUGE:
        raise InputError(
            "Heights of {layer} are measured from {source}, the city's from {target}: whether they agree is not known; "
            "give the difference with --vertical-offset M (0 if they agree).",
            layer=layer,
            source=_spoken(source),
            target=_spoken(target),
        )
    report.noted(
        layer,
        "the datum of the heights is not stated; they are taken as measured like the terrain's ({target})"
        if not source.datum
        else "the datum of the terrain is not stated; heights above {source} are taken as measured like it",
        count,
        values={"target": _spoken(target), "source": _spoken(source)},
    )
    return metres


def _difference(
    metres: NDArray[np.float64],
    x: ArrayLike,
    y: ArrayLike,
    source: VerticalReference,
    target: VerticalReference,
    crs: Any,
    count: int,
    *,
    report: ImportReport,
    layer: str,
) -> NDArray[np.float64]:
    """What to add to heights above ``source`` to have them above ``target``, m."""
    shift = 0.0
    middle: VerticalReference = source
    final: VerticalReference = target
    names = {river.name for river in RIVER_DATUMS}
    if source.datum in names:
        river = river_datum(source.datum, x, y, crs, layer)
        shift += river.zero
        middle = VerticalReference("T.P.", "m", target.epoch if target.datum in ("T.P.", *names) else "")
        report.noted(
            layer,
            "heights above {datum} were lowered or raised by {offset} m to T.P. ({meaning})",
            count,
            values={"datum": river.name, "offset": river.zero, "meaning": river.meaning},
        )
    if target.datum in names:
        river = river_datum(target.datum, x, y, crs, layer)
        shift -= river.zero
        final = VerticalReference("T.P.", "m", middle.epoch)
        report.noted(
            layer,
            "heights above T.P. were lowered or raised by {offset} m to {datum} ({meaning})",
            count,
            values={"datum": river.name, "offset": -river.zero, "meaning": river.meaning},
        )
    if (middle.datum, middle.epoch) == (final.datum, final.epoch):
        return np.full(metres.shape, shift)
    moved, operation = _through_proj(metres + shift, x, y, middle, final, crs, layer)
    report.noted(
        layer,
        "heights above {source} were turned into heights above {target} by {operation}",
        count,
        values={"source": _spoken(middle), "target": _spoken(final), "operation": operation},
    )
    return moved - metres


def _through_proj(
    metres: NDArray[np.float64],
    x: ArrayLike,
    y: ArrayLike,
    source: VerticalReference,
    target: VerticalReference,
    crs: Any,
    layer: str,
) -> tuple[NDArray[np.float64], str]:
    ground = horizontal_part(crs)
    first, second = _with_heights(ground, source), _with_heights(ground, target)
    if first is None or second is None:
        _refuse_epochs_or_names(source, target, layer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PROJ's warning about a missing grid becomes our error
        group = TransformerGroup(first, second, always_xy=True, allow_ballpark=False)
    grids = missing_grids(group)
    if not group.transformers or (grids and not group.best_available):
        if grids:
            raise InputError(
                "Heights of {layer} above {source} can be turned into {target} only with the grid {grid}, which is missing; "
                "put that file into {folder}, or give the difference with --vertical-offset M.",
                layer=layer,
                source=_spoken(source),
                target=_spoken(target),
                grid=", ".join(grids),
                folder=get_user_data_dir(),
            )
        _refuse_epochs_or_names(source, target, layer)
    transformer = group.transformers[0]
    shape = metres.shape
    east, north = np.broadcast_to(np.asarray(x, dtype=float), shape), np.broadcast_to(np.asarray(y, dtype=float), shape)
    _, _, moved = transformer.transform(east.ravel(), north.ravel(), metres.ravel())
    made = np.asarray(moved, dtype=np.float64).reshape(shape)
    made = np.where(np.isnan(metres), np.nan, made)
    if np.isinf(made).any():
        raise InputError(
            "1 height of {layer} lies outside the area of {operation}; give the difference with --vertical-offset M."
            if np.isinf(made).sum() == 1
            else "{count} heights of {layer} lie outside the area of {operation}; give the difference with "
            "--vertical-offset M.",
            count=int(np.isinf(made).sum()),
            layer=layer,
            operation=transformer.description,
        )
    return made, transformer.description


def _with_heights(ground: pyproj.CRS, reference: VerticalReference) -> pyproj.CRS | None:
    if reference.datum == _ELLIPSOIDAL:
        return ground.to_3d()
    if reference.datum == "T.P.":
        code = _jgd2024_code() if reference.epoch == "JGD2024" else _CODE_OF_EPOCH.get(reference.epoch)
    else:
        code = reference.datum
    if code is None:
        return None
    try:
        vertical = pyproj.CRS.from_user_input(code)
    except pyproj.exceptions.CRSError:
        return None
    return CompoundCRS(f"{ground.name} + {vertical.name}", [ground, vertical]) if vertical.is_vertical else None


@lru_cache(maxsize=1)
def _jgd2024_code() -> str | None:
    """The vertical CRS of Japan's 2025 revision, where this PROJ knows it."""
    for info in query_crs_info(auth_name="EPSG", pj_types=[PJType.VERTICAL_CRS]):
        if "JGD2024" in info.name and "height" in info.name:
            return f"EPSG:{info.code}"
    return None


def _refuse_epochs_or_names(source: VerticalReference, target: VerticalReference, layer: str) -> None:
    if source.datum == target.datum:
        raise InputError(
            "Heights of {layer} are of {source}, the city's of {target}: benchmarks moved between them; "
            "give the local difference with --vertical-offset M.",
            layer=layer,
            source=_spoken(source),
            target=_spoken(target),
        )
    raise InputError(
        "Heights of {layer} above {source} cannot be turned into {target}; give the difference with --vertical-offset M.",
        layer=layer,
        source=_spoken(source),
        target=_spoken(target),
    )


def _spoken(reference: VerticalReference) -> str:
    if not reference.datum:
        return "a datum that is not stated"
    named = reference.datum
    if re.fullmatch(r"EPSG:\d+", named):
        named = f"{pyproj.CRS.from_user_input(named).name} ({named})"
    return f"{named} {reference.epoch}".strip()
