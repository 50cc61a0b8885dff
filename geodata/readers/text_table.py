"""Delimited text as people write it: encoding, byte-order mark, delimiter, spaces and a missing header line are found out."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from geodata.errors import InputError

ENCODINGS = ("utf-8-sig", "cp932", "utf-16")
"""Tried in this order; UTF-8 with or without a byte-order mark first, then Japanese Windows."""
DELIMITERS = (",", "\t", ";", "|")
LARGEST_BYTES = 2_000_000_000
SNIFFED_BYTES = 200_000
"""How much of a file is looked at to tell its form."""
MISSING_WORDS = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "--", "***")
_SAMPLE_LINES = 50


@dataclass(frozen=True)
class TextTable:
    """A table read from text, every value still text.

    Parameters
    ----------
    frame
        Values as text, stripped; missing as "".
    encoding, delimiter
        As found ("" = runs of white space).
    header
        Whether the first line named the columns; if not, they are "0", "1", …
    """

    frame: pd.DataFrame
    encoding: str
    delimiter: str
    header: bool


def read_text_table(path: Path, *, names: Sequence[str] | None = None, at_most: int | None = None) -> TextTable:
    r"""Read delimited text.

    Parameters
    ----------
    names
        Names of the columns, for a file without a header line.
    at_most
        Look only at so many bytes of the file, to the last whole line: enough to tell its form.

    Raises
    ------
    InputError
        For a missing or empty file, an unknown encoding, or rows of differing length.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "towns.csv"
    ...     _ = file.write_text("name, x\nA, 1\n", encoding="utf-8-sig")
    ...     list(read_text_table(file).frame.columns)
    ['name', 'x']
    """
    text, encoding = decode(path, at_most=at_most)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise InputError("{path} is empty; give a file with at least one row.", path=str(path))
    delimiter = find_delimiter(lines[:_SAMPLE_LINES])
    rows = _split(lines, delimiter)
    first = [cell.strip() for cell in rows[0]]
    header = (
        names is None and not any(_is_number(cell) for cell in first) and len(set(first) - {""}) == len([c for c in first if c])
    )
    if header:
        width = len(first)
        columns = [cell or f"column {number + 1}" for number, cell in enumerate(first)]
        rows = rows[1:]
    else:
        width = max(len(row) for row in rows[:_SAMPLE_LINES])
        columns = list(names) if names is not None else [str(number) for number in range(width)]
        if len(columns) != width:
            raise InputError(
                "{path} has {width} columns, yet {count} names were given for them; name every column.",
                path=str(path), width=width, count=len(columns),
            )  # fmt: skip
    made = []
    for number, row in enumerate(rows):
        cells = [cell.strip() for cell in row]
        while len(cells) > width and not cells[-1]:
            cells.pop()
        if len(cells) > width:
            raise InputError(
                "{path} has {found} columns in row {row} instead of {width}; correct that row or quote its text.",
                path=str(path), found=len(cells), row=number + 1 + int(header), width=width,
            )  # fmt: skip
        made.append(cells + [""] * (width - len(cells)))
    return TextTable(pd.DataFrame(made, columns=columns, dtype="str"), encoding, delimiter, header)


def decode(path: Path, *, at_most: int | None = None) -> tuple[str, str]:
    """Text of a file (or of its first lines) and the encoding it was in."""
    if not path.is_file():
        raise InputError("{path} does not exist; check the path.", path=str(path))
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise InputError("{path} holds {size} bytes, too many for a text table; split it.", path=str(path), size=size)
    with path.open("rb") as file:
        raw = file.read() if at_most is None else file.read(at_most)
    if at_most is not None and len(raw) == at_most and b"\n" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raw = raw[: raw.rindex(b"\n") + 1]  # not in the middle of a character
    for encoding in ENCODINGS if not raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-16",):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text, encoding
    raise InputError("{path} is not text in UTF-8 or Shift_JIS; save it as UTF-8.", path=str(path))


def find_delimiter(lines: Sequence[str]) -> str:
    """The delimiter that splits every line into the same number of columns, "" = white space.

    Examples
    --------
    >>> find_delimiter(["a;b", "1;2"]), find_delimiter(["1.0 2.0  3.0", "4.0 5.0 6.0"])
    (';', '')
    """
    best, best_score = "", (0.0, 1)
    for delimiter in DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        width = max(set(counts), key=counts.count) if counts else 1
        score = (counts.count(width) / len(counts), width) if width > 1 else (0.0, 1)
        if score[0] >= 0.6 and score > best_score:
            best, best_score = delimiter, score
    return best


def _split(lines: list[str], delimiter: str) -> list[list[str]]:
    if not delimiter:
        return [
            list(row) for row in csv.reader((" ".join(line.split()) for line in lines), delimiter=" ", skipinitialspace=True)
        ]
    return list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, skipinitialspace=True))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def to_numbers(values: pd.Series) -> pd.Series:
    """Text as numbers; words for missing, and whatever is no number, become NaN.

    Examples
    --------
    >>> to_numbers(pd.Series(["1.5", "", "１２", "x"])).tolist()
    [1.5, nan, 12.0, nan]
    """
    text = values.astype("str").str.normalize("NFKC").str.strip().str.replace(",", "", regex=False)
    return pd.to_numeric(text.mask(text.isin(MISSING_WORDS)), errors="coerce").astype("float64")
