"""Telling other systems, and people by phone or pager, of every change of an alert."""
