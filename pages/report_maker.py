"""Reports from the page: made when the button is pressed, in a thread of their own; a browser beside it draws the map."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geodata.city import City
from layers.language import Language
from layers.report.paper import write_report
from layers.report.subject import Subject, Told
from layers.scene import Look
from layers.view import View
from pages import service
from twin.ensemble.kept import kept_of
from twin.export_run import kept_states
from twin.run import RunFolder

TYPES = {"pdf": "application/pdf", "html": "text/html"}
PICTURE_SECONDS = 20.0
"""A person waits: a map that is not drawn by then is drawn flat."""


@dataclass(frozen=True)
class Order:
    """What is to be reported: runs by id, in which language, for whom, from which view, and which difference."""

    runs: tuple[str, ...]
    language: str
    public: bool
    view: View
    look: Look
    mode: str = ""


def maker(city: City, order: Order, kind: str) -> Callable[[], bytes]:
    """A function that makes the report as "pdf" or "html"; it asks nothing of the page, so that any thread may call it."""
    folders = [service.workspace().runs / name for name in order.runs]
    store, workspace = service.store(), service.workspace()

    def make() -> bytes:
        told = []
        for folder in folders:
            run = RunFolder(folder).load()
            told.append(Told(run, kept_states(folder, run, city, store), kept_of(run, workspace)))
        subject = Subject(
            city, tuple(told), Language(order.language), order.view, order.look, order.public, mode=order.mode or "depth"
        )
        with tempfile.TemporaryDirectory(prefix="city-twin-") as place:
            out = Path(place) / f"report.{kind}"
            write_report(subject, out, seconds=PICTURE_SECONDS)
            return out.read_bytes()

    return make
