"""PLATEAU's CityGML (i-UR 1.4 to 4.0 on CityGML 2 and 3), streamed: buildings, risks, roads, land use, water, zones, terrain.

Imports point one way: namespaces, tally <-- stream, codelists, reference, uses <-- geometry, attributes <-- risks,
source_file <-- collector <-- one file per theme <-- reader.
"""

from geodata.readers.plateau.reader import is_plateau, read_plateau

__all__ = ["is_plateau", "read_plateau"]
