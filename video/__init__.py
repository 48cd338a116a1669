"""Decoded video as it is meant to be seen: pictures by their metadata, files by their time."""
