"""An alert at one bed, its calls, acts and timers, moved by hand."""

from datetime import UTC, datetime, time, timedelta

from services.alerts.policy.alert import Alert, Change, Transition
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.evidence import Evidence
from services.alerts.policy.holds import Pause, QuietTime
from services.alerts.policy.life_cycle import Act
from services.alerts.policy.thresholds import Thresholds

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
NIGHT = QuietTime(time(22), time(6))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Bed:
    """One camera's alert, raised at second 5; keeps every transition."""

    def __init__(self, level: int = 2, policy: AlertPolicy | None = None, pause: Pause | None = None) -> None:
        self.policy = policy or AlertPolicy(Thresholds())
        self.state = AlarmState("ward/room/camera", pause=pause)
        self.seen: list[Transition] = []
        self.number = 0
        self.see(level, 0)
        self.see(level, 5)

    @property
    def alert(self) -> Alert:
        assert self.state.alert is not None
        return self.state.alert

    @property
    def changes(self) -> list[Change]:
        return [one.change for one in self.seen]

    def see(self, level: int, seconds: float) -> None:
        self.number += 1
        step = self.policy.observe(self.state, Evidence(level, at(seconds), at(seconds), "p", self.number), at(seconds))
        self.state, self.seen = step.state, [*self.seen, *step.transitions]

    def tick(self, seconds: float, inhibited: bool = False) -> list[Transition]:
        step = self.policy.advance(self.state, at(seconds), inhibited)
        self.state, self.seen = step.state, [*self.seen, *step.transitions]
        return list(step.transitions)

    def act(self, act: Act, seconds: float) -> tuple[Transition, ...]:
        step = self.policy.act(self.state, (self.state.alert or self.seen[-1].alert).id, act, at(seconds))
        self.state, self.seen = step.state, [*self.seen, *step.transitions]
        return step.transitions

    def calm(self, since: int, until: int) -> None:
        """A calm level every five seconds."""
        for seconds in range(since, until, 5):
            self.see(0, seconds)
