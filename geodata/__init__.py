"""Files of a real city become one frozen `City`. This package knows nothing of time, scenarios or maps.

Imports point one way: errors, provenance, report <-- grid, crs, heights <-- tables <-- overlays, readers <-- city,
package <-- sample, importer, export.
"""
