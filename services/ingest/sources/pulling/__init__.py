"""Cameras that are asked for their video: what every way of asking has in common, above all that it is asked again."""
