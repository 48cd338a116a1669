"""Secure inference among three servers, two of which may not collude: a dealer and two evaluators (DESIGN.md)."""
