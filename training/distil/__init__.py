"""A small student learns from a large teacher's scores."""
