"""From the columns of somebody's tables to ours: known by sight, or told by a mapping file."""

from geodata.mapping.application import apply_mapping
from geodata.mapping.document import ColumnRule, Heights, Join, Mapping, MappingFile, read_mapping
from geodata.mapping.joining import join_tables
from geodata.mapping.recognition import recognise

__all__ = [
    "ColumnRule",
    "Heights",
    "Join",
    "Mapping",
    "MappingFile",
    "apply_mapping",
    "join_tables",
    "read_mapping",
    "recognise",
]
