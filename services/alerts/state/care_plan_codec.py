"""Plans of wards and residents as JSON and back: what the audit log, the API and the page's forms hold."""

from datetime import date, datetime, time

from services.alerts.actor import Actor
from services.alerts.codec import Json, encode_by, instant
from services.alerts.policy.care_plan import CarePlan
from services.alerts.policy.errors import PlanError
from services.alerts.policy.holds import QuietTime


def encode_plan(plan: CarePlan) -> Json:
    """A plan; quiet times as "22:00-06:00"."""
    return encode_by(plan.by) | {
        "at": instant(plan.at),
        "reason": plan.reason,
        "review_on": plan.review_on.isoformat(),
        "raise_level": plan.raise_level,
        "raise_pieces": plan.raise_pieces,
        "raise_among": plan.raise_among,
        "repeat_s": plan.repeat_s,
        "widen_after_s": plan.widen_after_s,
        "baseline": plan.baseline,
        "quiet": [f"{one.start:%H:%M}-{one.end:%H:%M}" for one in plan.quiet],
    }


def decode_plan(value: Json, by: Actor, at: datetime) -> CarePlan:
    """A plan out of JSON, or out of a form's texts, set by somebody at a moment. Raises PlanError."""
    try:
        quiet = value.get("quiet") or []
        spans = quiet.replace(",", " ").split() if isinstance(quiet, str) else quiet
        return CarePlan(
            by=by,
            at=at,
            reason=str(value["reason"]).strip(),
            review_on=date.fromisoformat(str(value["review_on"])),
            raise_level=_whole(value.get("raise_level")),
            raise_pieces=_whole(value.get("raise_pieces")),
            raise_among=_whole(value.get("raise_among")),
            repeat_s=_seconds(value.get("repeat_s")),
            widen_after_s=_seconds(value.get("widen_after_s")),
            baseline=_whole(value.get("baseline")),
            quiet=tuple(_quiet(str(one)) for one in spans),
        )
    except PlanError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PlanError("a plan needs a reason and a day of review, and numbers where numbers are asked for") from error


def _whole(value: object) -> int | None:
    return None if value in (None, "") else int(str(value))


def _seconds(value: object) -> float | None:
    return None if value in (None, "") else float(str(value))


def _quiet(text: str) -> QuietTime:
    start, _, end = text.partition("-")
    try:
        return QuietTime(time.fromisoformat(start), time.fromisoformat(end))
    except ValueError as error:
        raise PlanError("a quiet time is written as: 22:00-06:00") from error
