"""A camera's levels over days in steps: what a plot draws and a table says. Pure.

A step keeps how long each level was seen, and for how long nothing was: nothing that lasted is lost between steps, and
the worst level of a step is told, however short it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from services.alerts.policy.coverage import Coverage, Span
from services.alerts.policy.thresholds import SEVERE

NONE = timedelta(0)
UNSEEN = (Coverage.NOBODY, Coverage.PAUSED, Coverage.BLIND)


@dataclass(frozen=True, slots=True)
class Step:
    """A time. levels: how long levels 0 to 3 were seen; gaps: how long NOBODY, PAUSED and BLIND lasted."""

    start: datetime
    end: datetime
    levels: tuple[timedelta, ...] = (NONE,) * (SEVERE + 1)
    gaps: tuple[timedelta, ...] = (NONE,) * len(UNSEEN)

    @property
    def seen(self) -> timedelta:
        """How long there was a level."""
        return sum(self.levels, NONE)

    @property
    def worst(self) -> int | None:
        """The highest level; None where there was none."""
        return max((level for level, lasted in enumerate(self.levels) if lasted), default=None)

    def unseen(self, why: Coverage) -> timedelta:
        """How long it was in one of UNSEEN."""
        return self.gaps[UNSEEN.index(why)]

    @property
    def unrecorded(self) -> timedelta:
        """How long nothing is known of it at all: the service did not look."""
        return max(NONE, self.end - self.start - self.seen - sum(self.gaps, NONE))

    @property
    def lasted(self) -> tuple[timedelta, ...]:
        """Everything: the levels, the gaps, what is unrecorded."""
        return (*self.levels, *self.gaps, self.unrecorded)

    @property
    def gap(self) -> Coverage | None:
        """Why there was no level: what lasted longest; None for what is unrecorded."""
        longest = max(UNSEEN, key=self.unseen)
        return longest if self.unseen(longest) > self.unrecorded else None


def even(start: datetime, end: datetime, step: timedelta) -> list[datetime]:
    """Moments from start to end, a step apart; the last step may be shorter."""
    count = -(-(end - start) // step)
    return [start + number * step for number in range(count)] + [end]


def steps(spans: Iterable[Span], edges: Sequence[datetime]) -> list[Step]:
    """The steps between edges, which ascend. spans: of one camera, which ascend and do not overlap."""
    found = [Step(start, end) for start, end in pairwise(edges)]
    place = 0
    for span in spans:
        while place < len(found) and found[place].end <= span.began_at:
            place += 1
        at = place
        while at < len(found) and found[at].start < span.ended_at:
            found[at] = _with(found[at], span)
            at += 1
    return found


def _with(step: Step, span: Span) -> Step:
    lasted = min(step.end, span.ended_at) - max(step.start, span.began_at)
    if span.coverage is Coverage.SEEN:
        return replace(step, levels=_more(step.levels, span.level or 0, lasted))
    return replace(step, gaps=_more(step.gaps, UNSEEN.index(span.coverage), lasted))


def _more(lasted: tuple[timedelta, ...], place: int, by: timedelta) -> tuple[timedelta, ...]:
    return (*lasted[:place], lasted[place] + by, *lasted[place + 1 :])


def merged(parts: Iterable[Step], edges: Sequence[datetime]) -> list[Step]:
    """Longer steps out of shorter ones, which ascend and each lie between two of the edges."""
    found, place = [Step(start, end) for start, end in pairwise(edges)], 0
    for part in parts:
        while found[place].end <= part.start:
            place += 1
        one = found[place]
        found[place] = replace(one, levels=_sums(one.levels, part.levels), gaps=_sums(one.gaps, part.gaps))
    return found


def _sums(first: tuple[timedelta, ...], second: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    return tuple(one + other for one, other in zip(first, second, strict=True))


def runs(parts: Iterable[Step]) -> list[tuple[datetime, datetime, int | Coverage | None]]:
    """Neighbouring steps that say the same, as one: the worst level, or why there was none (None: not recorded)."""
    found: list[tuple[datetime, datetime, int | Coverage | None]] = []
    for part in parts:
        told = part.gap if part.worst is None else part.worst
        if found and found[-1][1:] == (part.start, told):
            found[-1] = (found[-1][0], part.end, told)
        else:
            found.append((part.start, part.end, told))
    return found
