"""The binary messages that carry geometry and rasters to the browser."""
