"""The scenarios that people made: saved with every change, named, found again, set out as events × plans."""

from twin.library.library import Library
from twin.library.saved import Cell, Grid, Listing, Saved, Summary, Version

__all__ = ["Cell", "Grid", "Library", "Listing", "Saved", "Summary", "Version"]
