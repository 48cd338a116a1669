"""What differs from the site's rules for one ward or one resident's camera: who set it, why, and when it is reviewed.

raise_level, raise_pieces, raise_among, repeat_s, widen_after_s: as in rules.py, None: as it is there.
baseline: the level at which this calm face reads, 0..2. Nobody is called for it, and it counts as calm: an alert is
raised above it only. Level 3 always raises: no plan reaches it.
quiet: times of the day at which alerts below level 3 do not call.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from services.alerts.actor import Actor
from services.alerts.policy.errors import PlanError, ThresholdsError
from services.alerts.policy.holds import QuietTime
from services.alerts.policy.thresholds import SEVERE, Thresholds

QUIET_LIMIT = timedelta(hours=12)
"""Together a day's quiet times are no longer than this: a plan that is quiet all day would be no alarm."""
OVERRIDES = ("raise_level", "raise_pieces", "raise_among", "repeat_s", "widen_after_s")
LONGEST_S = 3600.0
LONGEST_REVIEW = timedelta(days=366)
"""A plan is looked at again within a year."""


@dataclass(frozen=True, slots=True)
class CarePlan:
    """One plan. reason is never empty; review_on: the day on which somebody must look at it again."""

    by: Actor
    at: datetime
    reason: str
    review_on: date
    raise_level: int | None = None
    raise_pieces: int | None = None
    raise_among: int | None = None
    repeat_s: float | None = None
    widen_after_s: float | None = None
    baseline: int | None = None
    quiet: tuple[QuietTime, ...] = ()

    def __post_init__(self) -> None:
        """Raises PlanError for what no plan may say."""
        if not self.reason:
            raise PlanError("a plan needs a reason")
        if self.baseline is not None and not 0 <= self.baseline < SEVERE:
            raise PlanError("a baseline is a level from 0 to 2")
        if sum((one.lasts for one in self.quiet), timedelta(0)) > QUIET_LIMIT:
            raise PlanError("a day has at most 12 quiet hours")
        if max(self.repeat_s or 0.0, self.widen_after_s or 0.0) > LONGEST_S:
            raise PlanError("a call comes again, and to more people, within an hour")
        planned(Thresholds(), self)

    def is_due(self, today: date) -> bool:
        """Whether somebody must look at it again."""
        return today >= self.review_on


def planned(rules: Thresholds, *plans: CarePlan | None) -> Thresholds:
    """The rules with plans laid over them, the closest to the resident last. Raises PlanError if they contradict."""
    for plan in plans:
        if plan is not None:
            rules = _laid(rules, plan)
    return rules


def _laid(rules: Thresholds, plan: CarePlan) -> Thresholds:
    values = {name: getattr(plan, name) for name in OVERRIDES if getattr(plan, name) is not None}
    try:
        laid = replace(rules, clear_level=min(rules.clear_level, values.get("raise_level", SEVERE) - 1), **values)
        if plan.baseline is None:
            return laid
        above = max(laid.raise_level, plan.baseline + 1)
        return replace(laid, raise_level=above, clear_level=max(laid.clear_level, plan.baseline))
    except ThresholdsError as error:
        raise PlanError("these numbers contradict each other, or the rules of the house") from error
