"""Whether a piece of evidence makes pain that repeats or persists: k of the last n pieces, in time.

repeats    raise_pieces at raise_level or above within repeat_window_s, among the last raise_among pieces (0: any).
persists   raise_pieces one after the other, with nothing calmer between them and no gap that is stale.
Of level 3 two pieces are enough, whatever raise_pieces says.

Two pieces of one sender are no further apart than its own clock says: what waited behind a lost connection counts from
its reception (event_time.py), which may be minutes after a piece that came in time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from services.alerts.policy.evidence import AppliedEvidence
from services.alerts.policy.thresholds import SEVERE, Thresholds

SEVERE_PIECES = 2


@dataclass(frozen=True, slots=True)
class Suspect:
    """A piece at raise_level or above; number: which of the camera's pieces it was.

    captured_at: by its sender's clock; None of what a version before kept.
    """

    piece: AppliedEvidence
    number: int
    captured_at: datetime | None = None


def with_suspect(suspects: tuple[Suspect, ...], newest: Suspect, rules: Thresholds) -> tuple[Suspect, ...]:
    """The suspects that the next piece may need, the newest last."""
    if newest.piece.level < rules.raise_level:
        return suspects
    return (*suspects, newest)[-max(SEVERE_PIECES, rules.raise_pieces) + 1 :]


def onset(suspects: tuple[Suspect, ...], newest: Suspect, rules: Thresholds) -> AppliedEvidence | None:
    """The piece with which an episode of pain began that the newest piece makes one; None where it makes none."""
    if newest.piece.level < rules.raise_level:
        return None
    needed = rules.raise_pieces
    if newest.piece.level >= SEVERE:
        needed = min(needed, SEVERE_PIECES)
    run = (*suspects, newest)[-needed:]
    if len(run) < needed:
        return None
    first = run[0]
    span = newest.number - first.number
    repeats = _apart(first, newest) <= timedelta(seconds=rules.repeat_window_s)
    if repeats and (rules.raise_among == 0 or span < rules.raise_among):
        return first.piece
    fresh = all(_apart(a, b) <= timedelta(seconds=rules.stale_after_s) for a, b in pairwise(run))
    return first.piece if span == needed - 1 and fresh else None


def _apart(first: Suspect, then: Suspect) -> timedelta:
    """By our clock, or by that of their sender where that says less: a duration holds although a clock is wrong."""
    ours = then.piece.at - first.piece.at
    if first.captured_at is None or then.captured_at is None or first.piece.producer != then.piece.producer:
        return ours
    theirs = then.captured_at - first.captured_at
    return theirs if timedelta(0) <= theirs < ours else ours
