"""How old a decoded frame is, from its media timestamp and its reception. Pure.

What a frame waited on this machine is measured by this machine's clock alone. How late it came is judged against the
frames around it: reception less media time is, but for delays on the way, a line, whose slope is the error of the
sender's clock: crystals err by parts in a million, cameras that stamp 25 fps and give 15 by a third. The line is the
highest one under the last WINDOW_S (Moon, Skelly, Towsley, "Estimation and Removal of Clock Skew from Network Delay
Measurements", INFOCOM 1999, section IV), taken at the middle of the window, so that where delays vary by up to J a
frame never counts as more than about 2 J late.

A frame was captured after the one before it, so that it is late by at most that one's lateness and the time between the
two receptions. What would be later, or earlier than the line by STEP_S, is a media clock that jumped: the line starts
anew.
A queue on the way that grows steadily, or does not empty, for a whole window cannot be told from a clock that runs as
it likes, and counts as one: whatever stamps say, no camera's frames are held for old for longer.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise

Point = tuple[float, float]


class CaptureClock:
    """The frames of one session, in the order in which they were decoded."""

    WINDOW_S = 10.0
    BUCKET_S = 0.5
    STEP_S = 1.0
    CATCH_UP = 0.1
    """Seconds per second by which lateness must fall after a step; else the sender paused, and its stamps did not."""
    SLACK_S = 0.1
    LEAST_RATE = 0.01
    """A sender's clock that runs slower, or backwards, says nothing."""

    def __init__(self) -> None:
        self._floor: deque[Point] = deque()
        self._hull: list[Point] = []
        """The floor's; empty: to be found anew."""
        self._before: Point | None = None
        self._step: Point | None = None
        self._late_since: Point | None = None
        self._slope = 0.0

    def age(self, media_s: float | None, received: float, now: float | None = None) -> float:
        """Seconds, at least 0, since the capture of a frame.

        Args:
            media_s: its media time, any origin; None: unknown, so that the way to here counts as none.
            received: when its first packet came, monotonic seconds.
            now: the present moment of the same clock; None: `received`.
        """
        waited = 0.0 if now is None else max(0.0, now - received)
        return waited if media_s is None else waited + self._believed(received, received - media_s)

    def _believed(self, at: float, offset: float) -> float:
        late = self._late(at, offset)
        if late < self.STEP_S:
            self._late_since = None
        elif self._late_since is None:
            self._late_since = at, late
        elif at - self._late_since[0] > self.WINDOW_S:
            empties = self._late_since[1] - late >= self.CATCH_UP * (at - self._late_since[0])
            self._late_since = (at, late) if empties else None
            return late if empties else self._restart(at, offset, 0.0)
        return late

    def _late(self, at: float, offset: float) -> float:
        if self._before is None:
            return self._restart(at, offset, 0.0)
        since, late_before = max(0.0, at - self._before[0]), self._before[1]
        late = self._beyond_line(at, offset)
        if late < -self.STEP_S or late > late_before + since + self.SLACK_S:
            return self._restart(at, offset, late_before if late > 0 else 0.0)
        late = max(0.0, min(late, late_before + since))
        if self._step is None and late - late_before > self.STEP_S:
            self._step = at, late
        elif self._step is not None and late < self.SLACK_S:
            self._step = None
        if self._step is None:
            self._note(at, offset)
        elif self._stamps_stood_still(at, late):
            return self._restart(at, offset, 0.0)
        self._before = at, late
        return late

    def _restart(self, at: float, offset: float, late: float) -> float:
        self._floor.clear()
        self._hull = []
        self._floor.append((at, offset - late))
        self._before, self._step = (at, late), None
        return late

    def _stamps_stood_still(self, at: float, late: float) -> bool:
        """Whether a step has lasted: a queue on the way empties faster than pictures are taken, a pause leaves none."""
        if self._step is None or at - self._step[0] < self.STEP_S:
            return False
        return self._step[1] - late < self.CATCH_UP * (at - self._step[0])

    def _note(self, at: float, offset: float) -> None:
        """Keep the least offset of every BUCKET_S, for WINDOW_S."""
        last = self._floor[-1]
        if int(at // self.BUCKET_S) != int(last[0] // self.BUCKET_S):
            self._floor.append((at, offset))
            self._hull = []
        elif offset < last[1]:
            self._floor[-1] = at, offset
            self._hull = []
        while self._floor[0][0] < at - self.WINDOW_S:
            self._floor.popleft()
            self._hull = []

    def _beyond_line(self, at: float, offset: float) -> float:
        """How much later than on the line a frame came, in seconds of reception."""
        hull = self._hull = self._hull or _lower_hull(sorted(self._floor))
        middle = (hull[0][0] + hull[-1][0]) / 2
        if hull[-1][0] - hull[0][0] >= self.STEP_S:  # in less a slope cannot be told from a delay: the last known holds
            (x, y), (x_end, y_end) = next(edge for edge in pairwise(hull) if edge[1][0] >= middle)
            self._slope = (y_end - y) / (x_end - x)
        rate = 1 - self._slope  # of the sender's clock, as seen from here
        over = offset - min(y + self._slope * (at - x) for x, y in hull)
        return over / rate if rate > self.LEAST_RATE else 0.0


def _lower_hull(points: list[Point]) -> list[Point]:
    """The lower convex hull of points sorted by x (Andrew's monotone chain); at least one point."""
    hull: list[Point] = []
    for point in points:
        if hull and hull[-1][0] == point[0]:
            continue
        while len(hull) > 1 and _turns_down(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return hull


def _turns_down(a: Point, b: Point, c: Point) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) <= (b[1] - a[1]) * (c[0] - a[0])
