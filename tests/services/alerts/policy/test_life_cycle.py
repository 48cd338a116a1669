"""The life of an alert, step by step, with known answers."""

import pytest

from services.alerts.actor import Actor
from services.alerts.policy.alert import AlertStatus, Change, Outcome
from services.alerts.policy.errors import AlreadyAcknowledged, NobodyThere
from services.alerts.policy.life_cycle import Accept, Arrive, Resolve
from tests.services.alerts.nurses import ADA, BO
from tests.services.alerts.policy.bed import Bed, at


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


def test_a_screen_or_a_receiver_has_it_once() -> None:
    bed = Bed()
    step = bed.policy.notified(bed.state, at(6))
    assert [one.change for one in step.transitions] == [Change.NOTIFIED]
    assert bed.policy.notified(step.state, at(7)).transitions == ()
