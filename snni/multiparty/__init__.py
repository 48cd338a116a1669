"""Secure inference among three servers, a dealer and two evaluators, or four, with a witness (DESIGN.md)."""
