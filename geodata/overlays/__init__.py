"""Static joins between a city's elements and its grid, computed once at import.

Imports point one way: kernel, blocks <-- cell_rows, trace <-- footprints, reductions <-- lowest, segments, nearest
<-- rasterise, bundle.
"""

from geodata.overlays.bundle import Overlays, compute_overlays
from geodata.overlays.cell_rows import CellElements, CellRows
from geodata.overlays.footprints import THRESHOLD, FootprintCells, footprint_cells
from geodata.overlays.lowest import lowest_cells
from geodata.overlays.nearest import NearestNodes, nearest_nodes, usable_nodes
from geodata.overlays.rasterise import rasterise_crests, rasterise_intervals
from geodata.overlays.reductions import Summary, at, known_share, maximum, mean, summarise
from geodata.overlays.segments import SegmentCells, length_above, segment_cells

__all__ = [
    "THRESHOLD",
    "CellElements",
    "CellRows",
    "FootprintCells",
    "NearestNodes",
    "Overlays",
    "SegmentCells",
    "Summary",
    "at",
    "compute_overlays",
    "footprint_cells",
    "known_share",
    "length_above",
    "lowest_cells",
    "maximum",
    "mean",
    "nearest_nodes",
    "rasterise_crests",
    "rasterise_intervals",
    "segment_cells",
    "summarise",
    "usable_nodes",
]
