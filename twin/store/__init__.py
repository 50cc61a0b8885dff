"""The keyed field store: what was computed once is found again, by the key of everything that went in."""

from twin.store.contract import FieldLost, FieldStore, Record
from twin.store.folder import FolderStore
from twin.store.memory import MemoryStore

__all__ = ["FieldLost", "FieldStore", "FolderStore", "MemoryStore", "Record"]
