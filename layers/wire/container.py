"""The envelope of every binary message: magic, version, a JSON head, then aligned little-endian arrays."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

MAGIC = b"CTW1"
ALIGNMENT = 8
_TYPES = {"u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"}


def pack(kind: str, head: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """One message.

    Layout: ``CTW1``, uint32 length of the head, the head as UTF-8 JSON padded with spaces to a multiple of 8, then each array,
    padded to a multiple of 8. The head lists under ``arrays`` name, type, length and byte offset from the first array.

    Parameters
    ----------
    kind
        What the receiver does with it ("solids", "paths", "raster" …).
    head
        JSON values: origin, steps, counts.
    arrays
        Flat arrays by name; written in the given order, little-endian.

    Examples
    --------
    >>> message = pack("demo", {"origin": [139.7, 35.6]}, {"counts": np.array([4, 5], dtype=np.uint16)})
    >>> kind, head, arrays = unpack(message)
    >>> kind, head["origin"], arrays["counts"].tolist()
    ('demo', [139.7, 35.6], [4, 5])
    """
    listing: list[dict[str, Any]] = []
    parts: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        flat = np.ascontiguousarray(array).reshape(-1)
        code = flat.dtype.str[1:]
        if code not in _TYPES:
            raise ValueError(f"array {name} has type {flat.dtype}, which the browser cannot read")
        content = flat.astype(flat.dtype.newbyteorder("<"), copy=False).tobytes()
        listing.append({"name": name, "type": code, "length": len(flat), "offset": offset})
        padding = -len(content) % ALIGNMENT
        parts.extend((content, b"\0" * padding))
        offset += len(content) + padding
    text = orjson.dumps({"kind": kind, **head, "arrays": listing}, option=orjson.OPT_SERIALIZE_NUMPY)
    text += b" " * (-(len(text) + 8) % ALIGNMENT)
    return b"".join((MAGIC, struct.pack("<I", len(text)), text, *parts))


def unpack(message: bytes) -> tuple[str, dict[str, Any], dict[str, NDArray[Any]]]:
    """Kind, head and arrays of a message: what the browser does, for tests and the map drawn on the server."""
    if message[:4] != MAGIC:
        raise ValueError("not a map message")
    (length,) = struct.unpack_from("<I", message, 4)
    head = orjson.loads(message[8 : 8 + length])
    arrays = {
        entry["name"]: np.frombuffer(
            message, dtype="<" + entry["type"], count=entry["length"], offset=8 + length + entry["offset"]
        )
        for entry in head.pop("arrays")
    }
    return head.pop("kind"), head, arrays
