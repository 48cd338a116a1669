"""What holds a call: a pause, a quiet time, a camera that cannot be assessed; and until when."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.alerts.policy.alert import Change
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.holds import NEVER, Holds, Pause, QuietTime
from services.alerts.policy.life_cycle import Accept
from services.alerts.policy.thresholds import Thresholds
from tests.services.alerts.nurses import ADA
from tests.services.alerts.policy.bed import NIGHT, Bed, at


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


def test_a_quiet_time_that_ends_in_an_hour_that_comes_twice_ends_in_either() -> None:
    zone = ZoneInfo("Europe/Berlin")
    holds = Holds(quiet=(QuietTime(time(1), time(2, 30)),), zone=zone)
    for fold in (0, 1):
        inside, end = (datetime(2026, 10, 25, 2, minute, tzinfo=zone, fold=fold).astimezone(UTC) for minute in (15, 30))
        assert holds.why(2, inside) == "quiet"
        assert holds.end(2, inside) == end
        assert holds.why(2, end) is None


def test_what_may_hold_a_call_is_told_in_the_order_in_which_it_matters() -> None:
    everything = Holds(Pause(ADA, at(0), at(60)), (QuietTime(time(0), time(23, 59)),), UTC, True)
    assert [everything.why(2, at(second)) for second in (0, 60)] == ["pause", "quiet"]
    assert [everything.why(3, at(second)) for second in (0, 60)] == ["pause", None]
    assert everything.end(2, at(0)) == NEVER
