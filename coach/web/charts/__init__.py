"""Charts as inline SVG, without script. Pure."""
