"""Charts as SVG, without a browser."""

from __future__ import annotations

from typing import Any

import altair as alt


def chart_svg(chart: Any, *, width: int = 520) -> str:
    """A chart as an SVG element of a width in pixels.

    Examples
    --------
    >>> import pandas as pd
    >>> chart = alt.Chart(pd.DataFrame({"a": [1], "b": [2]})).mark_point().encode(x="a:Q", y="b:Q")
    >>> chart_svg(chart).startswith("<svg")
    True
    """
    import vl_convert  # only reports need it, and it takes its time to load

    sized: alt.Chart = chart.properties(width=width) if "width" not in chart.to_dict().get("spec", {}) else chart
    drawn: str = vl_convert.vegalite_to_svg(sized.configure(font="Noto Sans CJK JP").to_json())
    return drawn
