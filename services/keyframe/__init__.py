"""Decoded frames in, the few face crops worth inferring on out. Consumes frames.v1; publishes crops.v1 and state.v1."""
