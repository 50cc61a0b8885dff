"""One reader per format: a path in, `SourceTable`s and `SourceRaster`s out, what happened in the `ImportReport`."""
