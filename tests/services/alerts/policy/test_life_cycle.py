"""The life of one alert, step by step, with known answers."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.alerts.actor import Actor
from services.alerts.policy.alert import Alert, AlertStatus, Change, Outcome, Transition
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.errors import AlreadyAcknowledged, NobodyThere, NothingDue, UnknownAlert
from services.alerts.policy.evidence import Evidence
from services.alerts.policy.holds import NEVER, Holds, Pause, QuietTime
from services.alerts.policy.life_cycle import Accept, Act, Arrive, Resolve
from services.alerts.policy.thresholds import Thresholds
from tests.services.alerts.nurses import ADA, BO

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


def test_the_whole_life_of_an_alert_says_who_and_when() -> None:
    bed = Bed()
    bed.act(Accept(ADA), 10)
    bed.act(Arrive(BO), 60)
    bed.act(Resolve(BO, Outcome.PAIN_TREATED, "turned in bed"), 300)
    assert [(one.change, one.by, one.at) for one in bed.seen] == [
        (Change.RAISED, None, at(5)),
        (Change.ACKNOWLEDGED, ADA, at(10)),
        (Change.ARRIVED, BO, at(60)),
        (Change.RESOLVED, BO, at(300)),
    ]
    ended = bed.seen[-1].alert
    assert ended.status is AlertStatus.RESOLVED
    assert ended.resolution is not None
    assert (ended.resolution.outcome, ended.resolution.reason) == (Outcome.PAIN_TREATED, "turned in bed")
    assert (ended.ended_at, ended.reassess_at) == (at(300), at(3900))
    assert (bed.state.alert, bed.state.treated) == (None, ended)


def test_an_unanswered_alert_calls_every_minute_and_asks_more_people_after_two() -> None:
    bed = Bed()
    for seconds in range(10, 250, 5):
        bed.tick(seconds)
    calls = [(one.change, one.at) for one in bed.seen[1:]]
    assert calls == [
        (Change.REPEATED, at(65)),
        (Change.REPEATED, at(125)),
        (Change.WIDENED, at(125)),
        (Change.REPEATED, at(185)),
        (Change.REPEATED, at(245)),
    ]
    assert (bed.alert.signals, bed.alert.widened_at) == (5, at(125))


def test_calls_that_nobody_made_are_not_made_up_for() -> None:
    bed = Bed()
    assert [one.change for one in bed.tick(5 + 86400)] == [Change.WIDENED, Change.REPEATED]
    assert (bed.alert.signals, bed.alert.signalled_at) == (2, at(5 + 86400))


def test_a_promise_that_ends_calls_again_and_asks_more_people_two_minutes_later() -> None:
    bed = Bed()
    bed.act(Accept(ADA), 50)
    assert bed.tick(229) == []
    (again,) = bed.tick(230)
    assert (again.change, again.calls, again.alert.status) == (Change.ACK_EXPIRED, True, AlertStatus.RAISED)
    bed.tick(290)
    bed.tick(350)
    assert bed.alert.widened_at == at(350)


def test_whoever_is_there_is_waited_for_and_asked_for_an_outcome() -> None:
    bed = Bed(3)
    bed.act(Arrive(ADA), 20)
    assert bed.act(Arrive(BO), 30) == ()
    bed.see(3, 40)
    assert bed.tick(919) == []
    (again,) = bed.tick(920)
    assert (again.change, again.calls) == (Change.PRESENCE_EXPIRED, True)


def test_an_outcome_needs_somebody_at_the_bed() -> None:
    bed = Bed()
    for act in (None, Accept(ADA)):
        if act is not None:
            bed.act(act, 10)
        with pytest.raises(NobodyThere):
            bed.act(Resolve(ADA, Outcome.NO_PAIN), 11)


def test_nobody_else_can_promise_while_somebody_is_on_the_way_or_there() -> None:
    bed = Bed()
    bed.act(Accept(ADA), 10)
    assert bed.act(Accept(ADA), 20) == ()
    for seconds in (30, 60):
        with pytest.raises(AlreadyAcknowledged) as refused:
            bed.act(Accept(BO), seconds)
        assert refused.value.by == ADA
        bed.act(Arrive(ADA), 40)


@pytest.mark.parametrize("known", [True, False])
def test_two_people_of_one_name_are_two_people(known: bool) -> None:
    other = Actor("account:7", "Ada", ADA.role, None, ADA.way) if known else ADA
    bed = Bed()
    bed.act(Accept(ADA), 10)
    if known:
        with pytest.raises(AlreadyAcknowledged):
            bed.act(Accept(other), 20)
    else:
        assert bed.act(Accept(other), 20) == ()


def test_level_three_latches_through_calm_until_somebody_has_come() -> None:
    bed = Bed(3)
    bed.calm(10, 400)
    bed.act(Accept(ADA), 400)
    bed.calm(400, 700)
    assert bed.alert.status is AlertStatus.RAISED
    assert Change.ACK_EXPIRED in bed.changes
    bed.act(Arrive(ADA), 700)
    bed.calm(700, 1605)
    assert bed.seen[-1].change is Change.CLEARED
    assert bed.seen[-1].at == at(1600)


def test_worse_pain_calls_again_unless_somebody_is_there() -> None:
    bed = Bed()
    bed.act(Accept(ADA), 10)
    bed.see(3, 20)
    assert (bed.seen[-1].change, bed.seen[-1].calls, bed.alert.signals) == (Change.ESCALATED, True, 2)
    there = Bed()
    there.act(Arrive(ADA), 10)
    there.see(3, 20)
    assert (there.seen[-1].change, there.seen[-1].calls) == (Change.ESCALATED, False)
    assert (there.alert.level, there.alert.status, there.alert.signals) == (3, AlertStatus.ARRIVED, 1)


def test_a_look_again_falls_due_after_an_hour_is_told_once_and_may_be_done_early() -> None:
    bed = Bed()
    bed.act(Arrive(ADA), 10)
    bed.act(Resolve(ADA, Outcome.PAIN_TREATED), 20)
    assert bed.tick(3619) == []
    assert [(one.change, one.at, one.calls) for one in bed.tick(3700)] == [(Change.REASSESSMENT_DUE, at(3620), True)]
    assert bed.tick(9000) == []
    bed.act(Resolve(BO, Outcome.NOT_ASSESSED), 9001)
    assert bed.state.treated is not None
    bed.act(Resolve(BO, Outcome.PAIN_TREATED), 9002)
    assert bed.state.treated is not None
    assert bed.state.treated.reassess_at == at(12602)
    bed.act(Resolve(BO, Outcome.NO_PAIN), 9003)
    assert bed.state.treated is None
    assert bed.tick(20000) == []
    with pytest.raises(UnknownAlert):
        bed.act(Resolve(BO, Outcome.NO_PAIN), 20001)


@pytest.mark.parametrize("outcome", [Outcome.PAIN, Outcome.NO_PAIN, Outcome.NOT_ASSESSED])
def test_without_an_intervention_no_look_again_is_due(outcome: Outcome) -> None:
    bed = Bed()
    bed.act(Arrive(ADA), 10)
    bed.act(Resolve(ADA, outcome), 20)
    assert bed.state.treated is None


def test_a_screen_or_a_receiver_has_it_once() -> None:
    bed = Bed()
    step = bed.policy.notified(bed.state, at(6))
    assert [one.change for one in step.transitions] == [Change.NOTIFIED]
    assert bed.policy.notified(step.state, at(7)).transitions == ()


def test_a_pause_holds_every_level_and_the_call_comes_when_it_ends() -> None:
    for level in (2, 3):
        bed = Bed(level, pause=Pause(ADA, at(-10), at(100)))
        assert (bed.seen[0].calls, bed.alert.signals) == (False, 0)
        assert bed.tick(99) == []
        (call,) = bed.tick(101)
        assert (call.change, call.at, call.calls, bed.alert.signals) == (Change.REPEATED, at(100), True, 1)


def test_a_quiet_time_holds_what_is_below_level_three_until_it_ends() -> None:
    zone = ZoneInfo("Europe/Berlin")
    policy = AlertPolicy(Thresholds(), (QuietTime(time(8), time(10)),), zone)
    quiet, severe = Bed(2, policy), Bed(3, policy)
    assert (quiet.seen[0].calls, severe.seen[0].calls) == (False, True)
    assert quiet.tick(3500) == []
    assert [one.change for one in severe.tick(70)] == [Change.REPEATED]
    quiet.tick(3610)
    assert [(one.change, one.at) for one in quiet.seen[1:]] == [
        (Change.REPEATED, at(3600)),
        (Change.WIDENED, at(3600)),
    ]
    worse = Bed(2, policy)
    worse.see(3, 20)
    assert (worse.seen[-1].change, worse.seen[-1].calls) == (Change.ESCALATED, True)


def test_a_camera_that_cannot_be_assessed_inhibits_its_pain_but_not_level_three() -> None:
    bed, severe = Bed(2), Bed(3)
    assert bed.tick(600, inhibited=True) == []
    assert [one.change for one in severe.tick(600, inhibited=True)] == [Change.WIDENED, Change.REPEATED]
    assert [one.calls for one in bed.tick(601)] == [False, True]
    kept = Bed(2)
    kept.act(Accept(ADA), 10)
    assert [one.calls for one in kept.tick(190, inhibited=True)] == [True]


def test_quiet_times_over_midnight_and_through_a_night_whose_clock_is_turned() -> None:
    zone = ZoneInfo("Europe/Berlin")
    holds = Holds(quiet=(NIGHT,), zone=zone)
    for day in ((2026, 3, 28), (2026, 10, 24), (2026, 6, 1)):
        evening = datetime(*day, 21, 59, tzinfo=zone)
        morning = datetime(*day, 6, 0, tzinfo=zone) + timedelta(days=1)
        assert holds.why(2, evening) is None
        inside = (evening + timedelta(minutes=1)).astimezone(UTC)
        while inside < morning.astimezone(UTC):
            assert holds.why(2, inside) == "quiet"
            assert holds.end(2, inside) == morning.astimezone(UTC)
            assert holds.end(3, inside) == inside
            inside += timedelta(minutes=17)
        assert holds.why(2, morning) is None


def test_what_may_hold_a_call_is_told_in_the_order_in_which_it_matters() -> None:
    everything = Holds(Pause(ADA, at(0), at(60)), (QuietTime(time(0), time(23, 59)),), UTC, True)
    assert [everything.why(2, at(second)) for second in (0, 60)] == ["pause", "quiet"]
    assert [everything.why(3, at(second)) for second in (0, 60)] == ["pause", None]
    assert everything.end(2, at(0)) == NEVER


def test_nothing_is_due_of_an_alert_that_was_not_treated() -> None:
    bed = Bed()
    bed.act(Arrive(ADA), 10)
    bed.act(Resolve(ADA, Outcome.PAIN_TREATED), 20)
    treated = bed.state.treated
    assert treated is not None
    bed.state = AlarmState("ward/room/camera", treated=bed.seen[0].alert)
    with pytest.raises(NothingDue):
        bed.act(Resolve(ADA, Outcome.PAIN), 30)


def several(pieces: int, among: int = 0) -> AlertPolicy:
    return AlertPolicy(Thresholds(raise_pieces=pieces, raise_among=among, repeat_window_s=40))


@pytest.mark.parametrize(
    ("pieces", "among", "levels", "raised_by"),
    [
        (1, 0, [2], 1),
        (2, 0, [2, 0, 2], 3),
        (3, 0, [2, 0, 2, 2], 4),
        (3, 0, [2, 2, 2], 3),
        (3, 4, [2, 0, 2, 2], 4),
        (3, 3, [2, 0, 2, 2], None),
        (3, 3, [0, 2, 2, 2], 4),
        (5, 0, [3, 0, 3], 3),
        (5, 0, [2, 0, 3], 3),
        (5, 0, [2, 2, 2, 2], None),
    ],
)
def test_k_of_n_pieces_raise_and_two_of_level_three_always_do(
    pieces: int, among: int, levels: list[int], raised_by: int | None
) -> None:
    policy, state, raised = several(pieces, among), AlarmState("c"), None
    for number, level in enumerate(levels, 1):
        moment = at(5 * number)
        state = policy.observe(state, Evidence(level, moment, moment, "p", number), moment).state
        raised = raised or (number if state.alert is not None else None)
    assert raised == raised_by
