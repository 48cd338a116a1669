"""What stands for a camera as the ward's next statement to its room. Pure.

The room is told roles, never names: who paused, for whoever reads the button's page there, and no more.
"""

from datetime import datetime, timedelta, tzinfo

from services.alerts.policy.consent import Standing, Stop
from services.bus.models import CameraRef
from services.bus.statement import MAX_LIFTED, MAX_WINDOWS, Statement, Window, is_id

NUMBERS_OF_A_TERM = 2**32


class Numbers:
    """Of statements: grow over restarts and with every leader, whatever clocks say.

    The upper half is the number of the line of the audit log by which this replica began to lead: whoever leads later
    has a later line.
    """

    def __init__(self) -> None:
        self._term = self._count = 0

    def next(self, term: int) -> int:
        """term: the number of the line, 1 or more."""
        if term != self._term:
            self._term, self._count = term, 0
        self._count += 1
        return term * NUMBERS_OF_A_TERM + self._count


def statement_of(
    camera: CameraRef, standing: Standing, zone: tzinfo, now: datetime, holds: timedelta, question: str, number: int
) -> Statement:
    """holds: for how long it allows what it allows, unless a newer one comes. question: the room's last one.

    Where more pauses are to come by then than it can name, it allows nothing from the first on that it does not name.
    """
    today, expires = now.astimezone(zone).date(), now + holds
    stops = standing.stops(now, expires, zone)
    if len(stops) > MAX_WINDOWS:
        expires = stops[MAX_WINDOWS].begin
    consent = standing.consent
    return Statement(
        camera=camera,
        number=number,
        answers=question,
        issued=now,
        expires=expires,
        basis=standing.basis(today),  # type: ignore[arg-type]
        review=None if consent is None else consent.review_on.isoformat(),
        windows=tuple(map(_window, stops[:MAX_WINDOWS])),
        lifted=tuple(one.pause for one in standing.lifted if is_id(one.pause))[-MAX_LIFTED:],
    )


def _window(one: Stop) -> Window:
    return Window(begin=one.begin, end=one.end, by=one.by.role.value, why=one.why[:64] or "paused")
