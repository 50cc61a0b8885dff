"""Data: where every layer comes from, how old it is, under which licence, and what the import did to it."""

import pandas as pd
import streamlit as st

from geodata.errors import CityTwinError
from geodata.package import read_report
from geodata.report import DEEDS
from geodata.tables import TABLES
from layers.language import mark
from pages import parts, service

DEED_WORDS = {
    "read": mark("Read"),
    "mapped": mark("Mapped"),
    "defaulted": mark("Set to unknown or to a default"),
    "repaired": mark("Repaired"),
    "dropped": mark("Left out"),
    "noted": mark("To be known"),
}

KEPT_AS = {
    "depth": mark("depths on the grid"),
    "series": mark("depths over time"),
    "attributes": mark("records of buildings"),
    "duration": mark("hours for which water stands"),
}

spoken = service.language()
text = spoken.text
city = service.city()


def label(layer: str) -> str:
    """A layer's name in words; of a hazard map its id, too."""
    kind, _, name = layer.partition("/")
    words = text(kind.replace("_", " ").capitalize())
    return f"{words}: {name}" if name else words


st.subheader(text("What this city is made of"))
heights = ", ".join(filter(None, (city.heights.datum or text("datum not stated"), city.heights.unit, city.heights.epoch)))
st.markdown(
    text(
        "{name} · {crs} · grid of {rows} × {columns} cells of {cell} m · heights: {heights} · time zone {zone}",
        name=city.name, crs=city.grid.crs, rows=city.grid.rows, columns=city.grid.columns, cell=city.grid.cell,
        heights=heights, zone=city.time_zone,
    )
)  # fmt: skip
st.caption(text("Fingerprint of all that can change a number: {fingerprint}", fingerprint=city.fingerprint))

rows = []
for layer, origin in city.provenance.items():
    count = len(city.table(layer)) if layer in TABLES else float("nan")
    rows.append({
        text("Layer"): label(layer),
        text("Elements"): count,
        text("Source"): origin.source,
        text("Date"): origin.date or text("not stated"),
        text("Licence"): origin.licence or text("not stated"),
        text("Attribution"): origin.attribution,
        text("Notes"): " ".join(map(text, origin.notes)),
    })  # fmt: skip
layers = pd.DataFrame(rows)
st.dataframe(layers, hide_index=True, width="stretch", column_config=parts.separated(layers), placeholder="–")

if city.hazard_maps:
    st.subheader(text("Official hazard maps"))
    st.dataframe(
        pd.DataFrame([{
            text("Map"): m.name or m.id, text("Hazard"): text(m.hazard.replace("_", " ")),
            text("Scale"): m.scale or text("not stated"), text("Kept as"): text(KEPT_AS[m.kind]),
            text("Source"): m.provenance.source,
        } for m in city.hazard_maps.values()]),
        hide_index=True, width="stretch",
    )  # fmt: skip

st.subheader(text("What the import did"))
try:
    report = read_report(service.city_path())
except CityTwinError as error:
    st.error(spoken.error(error))
    st.stop()
deeds = [deed for deed in DEEDS if report.totals(deed)]
if not deeds:
    st.caption(text("This package holds no import report."))
for tab, deed in zip(st.tabs([text(DEED_WORDS[deed]) for deed in deeds]) if deeds else [], deeds, strict=True):
    with tab:
        lines = [line for line in report.lines if line.deed == deed]
        st.dataframe(
            pd.DataFrame([{
                text("Layer"): label(line.layer), text("What"): spoken.text(line.what, **line.values),
                text("How many"): line.count, text("Source"): line.source, text("For example"): ", ".join(line.examples),
            } for line in lines]),
            hide_index=True, width="stretch",
        )  # fmt: skip
