"""The elements of an OpenStreetMap file that a city is made of, read in two passes, with positions looked up by id.

osmium reads the file; ways and multipolygons are put together here, because extracts are clipped, files of editors (JOSM)
carry negative ids, and nothing may be lost without being counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from numpy.typing import NDArray

from geodata.errors import InputError

Tags = dict[str, str]

# A way or relation with none of these keys is of no use to a city.
KEYS = frozenset(
    {
        "building",
        "building:part",
        "highway",
        "natural",
        "waterway",
        "water",
        "landuse",
        "leisure",
        "amenity",
        "healthcare",
        "social_facility",
        "power",
        "man_made",
        "boundary",
        "emergency",
        "area:highway",
        "place",
    }
)
AREA_TYPES = frozenset({"multipolygon", "boundary", "building"})


@dataclass(frozen=True)
class Way:
    """A way: its tags and the ids of its nodes in order."""

    id: int
    tags: Tags
    nodes: NDArray[np.int64]

    @property
    def closed(self) -> bool:
        """Whether it ends where it begins."""
        return len(self.nodes) > 3 and self.nodes[0] == self.nodes[-1]


@dataclass(frozen=True)
class Relation:
    """A relation that is an area: its tags, and (way id, role) of its members."""

    id: int
    tags: Tags
    members: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Place:
    """A node with tags."""

    id: int
    tags: Tags
    longitude: float
    latitude: float


@dataclass
class Elements:
    """What one file holds.

    ``node_ids`` is sorted, [n]; ``positions`` are longitude, latitude in degrees, [n, 2].
    """

    ways: dict[int, Way]
    relations: list[Relation]
    places: list[Place]
    node_ids: NDArray[np.int64]
    positions: NDArray[np.float64]
    date: str = ""
    counts: dict[str, int] = field(default_factory=dict)

    def positions_of(self, nodes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Longitude, latitude of each node, [m, 2]; NaN where the file does not hold it."""
        if len(self.node_ids) == 0:
            return np.full((len(nodes), 2), np.nan)
        at = np.minimum(np.searchsorted(self.node_ids, nodes), len(self.node_ids) - 1)
        found = self.node_ids[at] == nodes
        return np.where(found[:, None], self.positions[at], np.nan)


def read_elements(path: Path) -> Elements:
    """Read an OSM file: PBF, XML (.osm, .osm.gz, .osm.bz2) or OPL.

    Raises
    ------
    InputError
        When it is missing, truncated or no OSM file.
    """
    if not path.is_file():
        raise InputError("{path} does not exist; check the path.", path=path)
    try:
        return _read(path)
    except (RuntimeError, osmium.InvalidLocationError) as problem:
        reason = " ".join(str(problem).split())
        raise InputError(
            "{path} cannot be read as OpenStreetMap data ({reason}); fetch it again.", path=path, reason=reason
        ) from None


def _tags(element: Any) -> Tags:
    return {tag.k: tag.v for tag in element.tags}


def _of_use(tags: Mapping[str, str]) -> bool:
    return not KEYS.isdisjoint(tags)


def _read(path: Path) -> Elements:
    ways: dict[int, Way] = {}
    relations: list[Relation] = []
    members: set[int] = set()
    plain: dict[int, NDArray[np.int64]] = {}
    counts = {"nodes": 0, "ways": 0, "relations": 0}
    newest = ""
    file: Any = osmium.FileProcessor(str(path), osmium.osm.RELATION)
    date = str(file.header.get("osmosis_replication_timestamp") or "")
    for relation in file:
        counts["relations"] += 1
        tags = _tags(relation)
        if relation.deleted or tags.get("type") not in AREA_TYPES or not (_of_use(tags) or tags.get("type") == "building"):
            continue
        parts = tuple((member.ref, member.role) for member in relation.members if member.type == "w")
        relations.append(Relation(relation.id, tags, parts))
        members.update(ref for ref, _ in parts)
    stream: Any = osmium.FileProcessor(str(path), osmium.osm.WAY)
    for way in stream:
        counts["ways"] += 1
        if way.deleted:
            continue
        tags = _tags(way)
        wanted = _of_use(tags)
        if not wanted and way.id not in members:
            continue
        nodes = np.fromiter((node.ref for node in way.nodes), dtype=np.int64, count=len(way.nodes))
        if wanted:
            ways[way.id] = Way(way.id, tags, nodes)
        else:
            plain[way.id] = nodes
        if not date:
            newest = max(newest, str(way.timestamp)[:10])
    for identifier, nodes in plain.items():
        ways[identifier] = Way(identifier, {}, nodes)
    needed = np.unique(np.concatenate([way.nodes for way in ways.values()])) if ways else np.zeros(0, dtype=np.int64)
    places, ids, positions = _read_nodes(path, counts)
    keep = np.isin(ids, needed)
    ids, positions = ids[keep], positions[keep]
    order = np.argsort(ids, kind="stable")
    # Editors write 1970 for what was never uploaded: no date at all.
    found = date[:10] or (newest if newest > "1971" else "")
    return Elements(ways, relations, places, ids[order], positions[order], found, counts)


def _read_nodes(path: Path, counts: dict[str, int]) -> tuple[list[Place], NDArray[np.int64], NDArray[np.float64]]:
    places: list[Place] = []
    ids: list[int] = []
    longitudes: list[float] = []
    latitudes: list[float] = []
    stream: Any = osmium.FileProcessor(str(path), osmium.osm.NODE)
    for node in stream:
        counts["nodes"] += 1
        location = node.location
        if node.deleted or not location.valid():
            continue
        ids.append(node.id)
        longitudes.append(location.lon)
        latitudes.append(location.lat)
        if len(node.tags):
            tags = _tags(node)
            if _of_use(tags):
                places.append(Place(node.id, tags, location.lon, location.lat))
    positions = np.column_stack([np.asarray(longitudes, dtype=np.float64), np.asarray(latitudes, dtype=np.float64)])
    return places, np.asarray(ids, dtype=np.int64), positions
