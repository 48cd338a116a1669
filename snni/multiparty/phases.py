"""What a run tells of itself while it runs: the names of phases that are over, never a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Phase = Literal["selected", "scored"]
"""Of a video: its frames are chosen, each has its scores."""
Passed = Callable[[Phase], None]


def ignore(phase: Phase) -> None:
    """For who does not ask."""
