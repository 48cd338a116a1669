"""A look again after an intervention: when it is due, and when none is."""

import pytest

from services.alerts.policy.alert import Change, Outcome
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.errors import NothingDue, UnknownAlert
from services.alerts.policy.life_cycle import Arrive, Resolve
from tests.services.alerts.nurses import ADA, BO
from tests.services.alerts.policy.bed import Bed, at


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


def test_nothing_is_due_of_an_alert_that_was_not_treated() -> None:
    bed = Bed()
    bed.act(Arrive(ADA), 10)
    bed.act(Resolve(ADA, Outcome.PAIN_TREATED), 20)
    treated = bed.state.treated
    assert treated is not None
    bed.state = AlarmState("ward/room/camera", treated=bed.seen[0].alert)
    with pytest.raises(NothingDue):
        bed.act(Resolve(ADA, Outcome.PAIN), 30)
