"""The alert policy's settings: every threshold is a level or a time, none is a count of keyframes.

Reduction drops keyframes that look like the one before, so a count of pieces says nothing about how long a face hurt.
"""

from dataclasses import dataclass

from services.alerts.policy.errors import ThresholdsError

LEVELS = range(4)
SEVERE = 3
TIMES = (
    "repeat_window_s",
    "hold_s",
    "clear_after_s",
    "stale_after_s",
    "ack_timeout_s",
    "presence_timeout_s",
    "repeat_s",
    "widen_after_s",
    "reassess_after_s",
    "pause_limit_s",
    "audio_pause_s",
    "max_skew_s",
    "silent_after_s",
    "pool_empty_s",
    "unscored_after_s",
)
LONGEST_S = 31_622_400.0
"""No time of the policy is longer than a year: what is no number at all, or beyond all, stopped the timers."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an alert is raised, cleared, re-signalled, and when evidence is too old.

    raise_level, clear_level: 0 <= clear_level < raise_level <= 3. What lies between them neither raises nor clears.
    repeat_window_s: two pieces at raise_level or above at most this far apart raise, whatever lies between them.
    hold_s: one piece of level 3 raises by itself when nothing calmer has followed for this long.
    settle_s: never sooner than this after its reception, so that a backlog that holds the calmer piece is read first.
    clear_after_s, clear_pieces: calm evidence must span this long with at least this many pieces.
    stale_after_s: evidence older than this is a technical state, never calm; an open alert stays open through it.
    raise_pieces, raise_among: how many pieces repeat, among how many of the newest; 0: however many lie in the window.
    ack_timeout_s: an acknowledgement is a promise to go; after this long it is signalled again.
    presence_timeout_s: after an arrival an outcome is awaited this long; then it is signalled again.
    repeat_s: an alert that nobody answers is signalled again every so often.
    widen_after_s: after this long without an answer more people are asked.
    reassess_after_s: after an intervention somebody must look again.
    pause_limit_s, audio_pause_s: the longest pause of a room's alarms, and how long the sound is off.
    max_skew_s: a sender whose clock reads this much before or after ours is not believed: its evidence counts from its
    reception, and its clock is named as wrong.
    silent_after_s: a component that has said nothing for this long is a technical state; several heartbeats.
    pool_empty_s: scoring that has prepared nothing for this long is a technical alarm.
    unscored_after_s: no level for this long is a technical alarm, also where nobody is in view.
    """

    raise_level: int = 2
    clear_level: int = 1
    repeat_window_s: float = 20.0
    hold_s: float = 10.0
    settle_s: float = 2.0
    clear_after_s: float = 12.0
    clear_pieces: int = 2
    stale_after_s: float = 45.0
    raise_pieces: int = 2
    raise_among: int = 0
    ack_timeout_s: float = 180.0
    presence_timeout_s: float = 900.0
    repeat_s: float = 60.0
    widen_after_s: float = 120.0
    reassess_after_s: float = 3600.0
    pause_limit_s: float = 600.0
    audio_pause_s: float = 120.0
    max_skew_s: float = 5.0
    silent_after_s: float = 30.0
    pool_empty_s: float = 180.0
    unscored_after_s: float = 14_400.0

    def __post_init__(self) -> None:
        """Raises ThresholdsError when the settings contradict each other."""
        if not 0 <= self.clear_level < self.raise_level <= SEVERE:
            raise ThresholdsError("0 <= clear_level < raise_level <= 3 does not hold")
        if not all(0 < getattr(self, name) <= LONGEST_S for name in TIMES) or not 0 <= self.settle_s <= LONGEST_S:
            raise ThresholdsError("times must be positive, and no longer than a year")
        if self.clear_pieces < 1 or self.raise_pieces < 1:
            raise ThresholdsError("clear_pieces and raise_pieces must be at least 1")
        if self.raise_among and self.raise_among < self.raise_pieces:
            raise ThresholdsError("raise_among must be 0 or at least raise_pieces")
        if max(self.repeat_window_s, self.hold_s, self.clear_after_s) >= self.stale_after_s:
            raise ThresholdsError("stale_after_s must be longer than repeat_window_s, hold_s and clear_after_s")
