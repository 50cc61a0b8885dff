"""The built-in hooks, one process per file; they come in through the entry points, as anybody's do."""
