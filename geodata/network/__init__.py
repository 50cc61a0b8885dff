"""The road network: edges cut where they meet, and the nodes between them.

Imports point one way: junctions, cuts <-- build.
"""

from geodata.network.build import TOLERANCE, build_network

__all__ = ["TOLERANCE", "build_network"]
