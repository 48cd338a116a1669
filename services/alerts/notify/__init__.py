"""Telling other systems of every change of an alert."""
