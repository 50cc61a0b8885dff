"""The road network: edges cut where they meet, and the nodes between them.

Imports point one way: junctions, cuts, limits <-- build.
"""

from geodata.network.build import TOLERANCE, build_network
from geodata.network.limits import KILOMETRE_PER_HOUR, PLAUSIBLE

__all__ = ["KILOMETRE_PER_HOUR", "PLAUSIBLE", "TOLERANCE", "build_network"]
