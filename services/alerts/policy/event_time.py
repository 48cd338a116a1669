"""When evidence was captured, by our clock. Its sender's clock may be wrong in either direction."""

from datetime import datetime, timedelta

from services.alerts.policy.evidence import Evidence
from services.alerts.policy.thresholds import Thresholds

LONGEST_TAKEN = timedelta(seconds=20)
"""Between capture and sending: longer than a crop may wait to be scored, and the scoring."""


def clocks_agree(published_at: datetime, now: datetime, rules: Thresholds) -> bool:
    """Whether the clock of a sender that published then agrees with ours, which says now at the reception.

    What waited on its way, behind a lost connection, looks like a clock that is behind; the two cannot be told apart by
    one message, and both are worth knowing.
    """
    return abs(now - published_at) <= timedelta(seconds=rules.max_skew_s)


def event_time(evidence: Evidence, now: datetime, rules: Thresholds) -> tuple[datetime, bool]:
    """When evidence received at now was captured, and whether its sender's clock agrees with ours.

    Where the clocks agree it is captured_at. Where they do not it is the reception less what lies between capture and
    sending: a duration by the sender's clock holds although the clock is wrong. One that cannot be, because that clock
    was set in between, is left out. Never later than now.
    """
    taken = evidence.published_at - evidence.captured_at
    sound = timedelta(0) <= taken <= LONGEST_TAKEN
    if sound and clocks_agree(evidence.published_at, now, rules):
        return min(evidence.captured_at, now), True
    return now - taken if sound else now, False
