"""The report as a file: PDF by WeasyPrint, or the HTML itself."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from geodata.atomic import atomic_file
from geodata.errors import InputError
from layers.report.document import report_html
from layers.report.picture import map_pictures
from layers.report.subject import Subject

SUFFIXES = (".pdf", ".html")


def write_report(subject: Subject, out: Path, *, seconds: float = 0.0) -> None:
    """Write a report whole or not at all.

    Parameters
    ----------
    subject
        What is reported.
    out
        A ``.pdf`` or an ``.html`` file.
    seconds
        Longest wait for a picture of the map by a Chromium of this computer; 0 = all maps are drawn flat. The browser draws
        while everything else is made ready.

    Raises
    ------
    InputError
        For another kind of file, or where the system lacks what PDF needs.
    """
    if out.suffix.lower() not in SUFFIXES:
        raise InputError("A report cannot be written as {suffix}; name a .pdf or an .html file.", suffix=out.suffix or out.name)
    on_paper = out.suffix.lower() == ".pdf"
    with ThreadPoolExecutor(1) as beside:
        drawing = beside.submit(map_pictures, subject, seconds=seconds) if seconds else None
        if on_paper:
            _typesetter()
        page = report_html(subject, pictures=drawing.result if drawing else tuple)
    content = pdf_of(page) if on_paper else page.encode()
    with atomic_file(out) as file:
        file.write_bytes(content)


def pdf_of(page: str) -> bytes:
    """A page of HTML as PDF.

    Raises
    ------
    InputError
        Where the system has no Pango, which sets the text.
    """
    weasyprint = _typesetter()
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it warns of properties of screens, such as gap
    # what stands in the page itself is fetched, and nothing from anywhere else
    own_pictures_only = weasyprint.urls.URLFetcher(allowed_protocols={"data"}, fail_on_errors=True)
    made: bytes = weasyprint.HTML(string=page, url_fetcher=own_pictures_only).write_pdf()
    return made


def _typesetter() -> Any:
    try:
        import weasyprint  # a second of loading, and libraries of the system: only for paper
    except OSError as error:
        raise InputError(
            "This system cannot write PDF ({detail}); install Pango (libpango-1.0-0, libpangoft2-1.0-0), or write .html.",
            detail=str(error).splitlines()[0][:200],
        ) from None
    return weasyprint
