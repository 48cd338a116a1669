"""The alert policy's settings: every threshold is a level or a time, none is a count of keyframes.

Reduction drops keyframes that look like the one before, so a count of pieces says nothing about how long a face hurt.
"""

from dataclasses import dataclass

from services.alerts.policy.errors import RulesError

LEVELS = range(4)
SEVERE = 3


@dataclass(frozen=True, slots=True)
class Rules:
    """When an alert is raised, cleared, re-signalled, and when evidence is too old.

    raise_level, clear_level: 0 <= clear_level < raise_level <= 3. What lies between them neither raises nor clears.
    repeat_window_s: two pieces at raise_level or above at most this far apart raise, whatever lies between them.
    hold_s: one piece of level 3 raises by itself when nothing calmer has followed for this long.
    settle_s: never sooner than this after its reception, so that a backlog that holds the calmer piece is read first.
    clear_after_s, clear_pieces: calm evidence must span this long with at least this many pieces.
    stale_after_s: evidence older than this is a technical state, never calm; an open alert stays open through it.
    ack_timeout_s: an acknowledgement is a promise to go; after this long it is signalled again.
    max_skew_s: a sender whose clock reads this much before or after ours is not believed: its evidence counts from its
    reception, and its clock is named as wrong.
    silent_after_s: a component that has said nothing for this long is a technical state; several heartbeats.
    """

    raise_level: int = 2
    clear_level: int = 1
    repeat_window_s: float = 20.0
    hold_s: float = 10.0
    settle_s: float = 2.0
    clear_after_s: float = 12.0
    clear_pieces: int = 2
    stale_after_s: float = 45.0
    ack_timeout_s: float = 180.0
    max_skew_s: float = 5.0
    silent_after_s: float = 30.0

    def __post_init__(self) -> None:
        """Raises RulesError when the settings contradict each other."""
        if not 0 <= self.clear_level < self.raise_level <= SEVERE:
            raise RulesError("0 <= clear_level < raise_level <= 3 does not hold")
        times = (self.repeat_window_s, self.hold_s, self.clear_after_s, self.stale_after_s, self.ack_timeout_s)
        if min(*times, self.max_skew_s, self.silent_after_s) <= 0 or self.settle_s < 0:
            raise RulesError("times must be positive")
        if self.clear_pieces < 1:
            raise RulesError("clear_pieces must be at least 1")
        if max(self.repeat_window_s, self.hold_s, self.clear_after_s) >= self.stale_after_s:
            raise RulesError("stale_after_s must be longer than repeat_window_s, hold_s and clear_after_s")
