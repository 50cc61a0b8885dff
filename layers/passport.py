"""The passport of a run in the reader's language: facts and sources, for pages and reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from layers.language import Language, mark

WATER = {
    "none": mark("none: a dry day"),
    "hazard_map": mark("official hazard maps"),
    "stage": mark("still water at a given level"),
    "engine": mark("flood engine"),
}
ENGINE = {
    "solver": mark("solver"), "alpha": mark("share of the largest stable time step"), "theta": mark("smoothing of the flow"),
    "mass_error": mark("mass error"), "engine_steps": mark("time steps"),
}  # fmt: skip
HEADS = (mark("Source"), mark("Licence"), mark("Date"), mark("Age, years"), mark("Attribution"))
SOLVERS = {"local_inertial": mark("local inertial equations"), "full": mark("full shallow water equations")}


def passport_facts(passport: Mapping[str, Any], language: Language) -> list[tuple[str, str]]:
    """Label and value of each fact of `twin.passport.passport_of`, in the order shown."""
    text, run, city = language.text, passport["run"], passport["city"]
    fidelity = f" · {city['fidelity']}" if city["fidelity"] else ""
    return [
        (text("Run"), run["id"]),
        (text("Made"), str(run["created"])[:19].replace("T", " ") + " UTC"),
        (text("Wall time"), f"{language.number(run['wall'], 1)} s"),
        (text("Results"), passport["results"]),
        (text("City"), f"{city['name']} · {city['fingerprint']}{fidelity}"),
        (text("Heights above"), text(city["vertical_datum"])),
        (text("Water"), _water(passport["engine"], language)),
        (text("Versions"), ", ".join(f"{name} {version}" for name, version in run["versions"].items() if name != "sources")),
        (text("Digest of the program"), str(run["versions"].get("sources", ""))),
        (text("Computed with"), ", ".join(f"{name} {value}" for name, value in passport["environment"].items())),
    ]


def _water(engine: Mapping[str, Any], language: Language) -> str:
    text = language.text
    told = [text(WATER.get(engine["water"], engine["water"]))]
    for name, label in ENGINE.items():
        value = engine.get(name)
        if value is None:
            continue
        if name == "solver":
            told.append(text(SOLVERS.get(value, value)))
        else:
            told.append(f"{text(label)} " + (f"{value:.1e}" if name == "mass_error" else language.number(value)))
    return " · ".join(told)


def passport_sources(passport: Mapping[str, Any], language: Language) -> list[dict[str, str]]:
    """One row for each source, with the layers that come from it, its licence, date and age."""
    text = language.text
    layers: dict[tuple[str, ...], list[str]] = {}
    for source in passport["sources"]:
        origin = (
            source["source"], source["licence"] or text("licence not stated"), source["date"] or text("unknown"),
            "" if source["age_years"] is None else language.number(source["age_years"], 1), source["attribution"],
        )  # fmt: skip
        layers.setdefault(origin, []).append(_layer_words(str(source["layer"]), language))
    heads = [text(head) for head in HEADS]
    return [
        {text("Layer"): text(", ").join(names), **dict(zip(heads, origin, strict=True))} for origin, names in layers.items()
    ]


def _layer_words(layer: str, language: Language) -> str:
    """What a layer of the city is called; a hazard map by its id."""
    kind, _, name = layer.partition("/")
    if kind == "hazard" and name:
        return language.text("Hazard map {name}", name=name)
    return language.text(layer.replace("_", " ").capitalize())
