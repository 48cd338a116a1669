"""What does not work in the service itself, and since when: for the banner, the technical alarms and the chain."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from services.alerts.policy.technical import Severity, TechnicalCondition

Check = tuple[str, bool, str]
"""A code, whether all is well, and what is said when it is not."""


class ServiceFaults:
    """Remembers since when each check fails."""

    def __init__(self, checks: Callable[[], Iterable[Check]], clock: Callable[[], datetime]) -> None:
        self._checks = checks
        self._clock = clock
        self._since: dict[str, datetime] = {}

    def look(self) -> tuple[TechnicalCondition, ...]:
        """What fails now, in the order of the checks."""
        now = self._clock()
        failing = [(code, text) for code, well, text in self._checks() if not well]
        self._since = {code: self._since.get(code, now) for code, _ in failing}
        return tuple(TechnicalCondition("", code, Severity.ALARM, text, self._since[code]) for code, text in failing)

    def move(self, by: timedelta) -> None:
        """Every moment later by `by`: the clock was set."""
        self._since = {code: at + by for code, at in self._since.items()}
