"""The map of network namespaces as a picture: in a terminal's cells, as SVG, and for other programs."""
