"""LinkError: a link cannot be made on this machine."""

from __future__ import annotations


class LinkError(RuntimeError):
    """What is missing, and what to do instead."""
