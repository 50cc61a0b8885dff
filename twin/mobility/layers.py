"""The network once for each way of moving, side by side in one graph, with the queues that they share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from twin.mobility.graph import RoadGraph
from twin.mobility.shortest import tails_of


@dataclass(frozen=True, eq=False)
class Layers:
    """A graph of ``count`` copies of a road graph: node n of layer l is ``l × nodes + n``, and so are arcs and slots.

    Parameters
    ----------
    indptr, heads, tails, twins
        Arcs in compressed rows, node at their start, arc of the opposite direction.
    slots
        Slot of the road graph that each arc stands for, [arcs].
    layer
        Layer of each arc.
    nodes
        Nodes of one layer.
    """

    indptr: NDArray[np.int64]
    heads: NDArray[np.int32]
    tails: NDArray[np.int32]
    twins: NDArray[np.int64]
    slots: NDArray[np.int64]
    layer: NDArray[np.int64]
    nodes: int

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """Arc of each slot of the road graph in the first layer, −1 = in none."""
        arcs = len(self.slots) // max(int(self.layer.max(initial=0)) + 1, 1)
        inverse = np.full(int(self.slots.max(initial=-1)) + 1, -1, np.int64)
        inverse[self.slots[:arcs]] = np.arange(arcs)
        return inverse


def stack_layers(graph: RoadGraph, count: int) -> Layers:
    """Put copies of a graph side by side."""
    arcs, nodes = len(graph.heads), graph.nodes
    place = np.full(2 * graph.edges, -1, np.int64)
    place[graph.slots] = np.arange(arcs)
    twins = place[graph.slots ^ 1] if arcs else np.zeros(0, np.int64)
    shift = np.repeat(np.arange(count), arcs)
    return Layers(
        np.concatenate([[0], *(graph.indptr[1:] + number * arcs for number in range(count))]).astype(np.int64),
        (np.tile(graph.heads, count) + shift * nodes).astype(np.int32),
        (np.tile(tails_of(graph.indptr), count) + shift * nodes).astype(np.int32),
        (np.tile(twins, count) + shift * arcs).astype(np.int64),
        np.tile(graph.slots, count).astype(np.int64),
        shift,
        nodes,
    )
