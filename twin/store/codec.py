"""One field as one block of bytes: lossless, compressed, checksummed.

Byte shuffle and zstandard at level 1, measured on 2000 × 2000 float32 depths (one core): a flood that leaves 75 % dry shrinks
4.6-fold (4.3 without shuffle), a sheet of rain on everything 1.5-fold (1.2), written and read at about 1 GB/s. Blosc2 is no
smaller, reads three times as fast, and would bring a thread pool and three more packages into every worker.

Layout: magic, length of the header, header (JSON), payload, xxh3-128 of all that.
"""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
import xxhash
import zstandard
from numpy.typing import NDArray

from geodata.errors import CityTwinError
from geodata.fingerprint import digest_of_array

_MAGIC = b"CTFIELD1"
_LENGTH = struct.Struct("<I")
_CHECKSUM_BYTES = 16
_LEVEL = 1
_EXACT_KINDS = frozenset("biufcmMSU")  # objects, records and variable-width text have no bytes of their own


class DamagedField(Exception):  # noqa: N818 -- says what it is; never leaves the store
    """The bytes are not what was written."""


def check_storable(name: str, values: NDArray[Any]) -> None:
    """Refuse what cannot be kept bit by bit.

    Raises
    ------
    CityTwinError
        For objects, records, and text of variable width.
    """
    if values.dtype.kind not in _EXACT_KINDS or values.dtype.itemsize == 0:
        raise CityTwinError(
            "The field {name} is of type {dtype}, which cannot be kept exactly; "
            "use numbers, booleans, dates or text of fixed width.",
            name=name,
            dtype=str(values.dtype),
        )


def encode(values: NDArray[Any], digest: str) -> bytes:
    """A field as bytes.

    Parameters
    ----------
    values
        Any shape, 0-d and empty included; of a type that `check_storable` accepts.
    digest
        Its `geodata.fingerprint.digest_of_array`.

    Examples
    --------
    >>> depth = np.array([[0.0, 0.5], [np.nan, 1.25]], dtype=np.float32)
    >>> decode(encode(depth, digest_of_array(depth)), digest_of_array(depth))
    array([[0.  , 0.5 ],
           [ nan, 1.25]], dtype=float32)
    """
    array = np.asarray(values, order="C")
    raw = array.reshape(-1).view(np.uint8)
    shuffled = np.ascontiguousarray(raw.reshape(-1, array.itemsize).T) if array.itemsize > 1 else raw
    header = json.dumps({"dtype": array.dtype.str, "shape": array.shape, "digest": digest}).encode()
    payload = zstandard.ZstdCompressor(level=_LEVEL).compress(shuffled.data) if array.size else b""
    block = b"".join((_MAGIC, _LENGTH.pack(len(header)), header, payload))
    return block + xxhash.xxh3_128_digest(block)


def decode(block: bytes, digest: str) -> NDArray[Any]:
    """The field in a block of bytes, read-only.

    Raises
    ------
    DamagedField
        When a single bit differs from what was written, or the block holds another field than ``digest``.
    """
    start = len(_MAGIC) + _LENGTH.size
    body, checksum = memoryview(block)[:-_CHECKSUM_BYTES], block[-_CHECKSUM_BYTES:]
    if len(block) < start + _CHECKSUM_BYTES or not block.startswith(_MAGIC) or xxhash.xxh3_128_digest(body) != checksum:
        raise DamagedField(digest)
    # From here on the bytes are those that were written; what could still be wrong is their name.
    (length,) = _LENGTH.unpack_from(body, len(_MAGIC))
    header = json.loads(bytes(body[start : start + length]))
    if header["digest"] != digest:
        raise DamagedField(digest)
    dtype, shape = np.dtype(header["dtype"]), tuple(header["shape"])
    size = math.prod(shape)
    raw: NDArray[np.uint8]
    if size == 0:
        raw = np.empty(0, np.uint8)
    else:
        raw = np.frombuffer(zstandard.ZstdDecompressor().decompress(body[start + length :]), np.uint8)
        raw = np.ascontiguousarray(raw.reshape(dtype.itemsize, -1).T).reshape(-1)
    array: NDArray[Any] = raw.view(dtype).reshape(shape)
    if digest_of_array(array) != digest:
        raise DamagedField(digest)
    return frozen(array)


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """A view of an array that is read-only all the way down, so that nobody can switch writing on again."""
    base: object = array
    while isinstance(base, np.ndarray):
        base.flags.writeable = False
        base = base.base
    view: NDArray[Any] = array.view()
    return view
