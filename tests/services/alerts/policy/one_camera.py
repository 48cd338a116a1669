"""The alert policy of one camera, fed by hand."""

from datetime import UTC, datetime, timedelta

from services.alerts.actor import typed_name
from services.alerts.policy.alert import Change
from services.alerts.policy.alert_policy import AlertPolicy, PolicyStep
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.evidence import Evidence
from services.alerts.policy.life_cycle import Accept
from services.alerts.policy.thresholds import Thresholds

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
POLICY = AlertPolicy(Thresholds())


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Ward:
    """One camera fed by hand; keeps every transition."""

    def __init__(self) -> None:
        self.state = AlarmState("home/east/r1/c1")
        self.changes: list[Change] = []
        self.sequence = 0

    def keep(self, step: PolicyStep) -> PolicyStep:
        self.state = step.state
        self.changes += [t.change for t in step.transitions]
        return step

    def see(self, level: int, seconds: float, *, received: float | None = None, producer: str = "p", sequence: int = 0):
        """A level captured at seconds by its sender's clock, and sent a second later."""
        self.sequence = sequence or self.sequence + 1
        evidence = Evidence(level, at(seconds), at(seconds + 1), producer, self.sequence)
        return self.keep(POLICY.observe(self.state, evidence, at(seconds + 1 if received is None else received)))

    def tick(self, seconds: float) -> PolicyStep:
        return self.keep(POLICY.advance(self.state, at(seconds)))

    def ack(self, by: str, seconds: float) -> PolicyStep:
        assert self.state.alert is not None
        return self.keep(POLICY.act(self.state, self.state.alert.id, Accept(typed_name(by)), at(seconds)))


def raised(level: int = 2) -> Ward:
    ward = Ward()
    ward.see(level, 0)
    ward.see(level, 5)
    assert ward.changes == [Change.RAISED]
    return ward
