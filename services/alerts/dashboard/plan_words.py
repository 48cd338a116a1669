"""Rules and plans in words, as pages say by what a ward calls."""

from collections.abc import Iterator

from services.alerts.phrase import Phrase
from services.alerts.policy.care_plan import CarePlan
from services.alerts.policy.thresholds import Thresholds

LEVEL = "Calls from level %(level)s on"
PIECES = "Calls after %(pieces)s levels"
AMONG = "Calls after %(pieces)s levels among the newest %(among)s"
COUNTED = "Counts the newest %(among)s levels"
REPEATS = "Unanswered, it calls again every %(time)s"
MINUTES = "%(minutes)s min"
WIDENS = "Unanswered, everybody is called after %(time)s"


def plan_words(plan: CarePlan) -> tuple[str, ...]:
    """What a plan sets, a line each."""
    return tuple(_plan(plan))


def rules_words(rules: Thresholds) -> tuple[str, ...]:
    """What the rules of the house say, a line each."""
    return tuple(_rules(rules))


def _plan(plan: CarePlan) -> Iterator[str]:
    if plan.baseline is not None:
        yield Phrase("This calm face reads %(level)s: calls above it only", level=plan.baseline)
    if plan.raise_level is not None:
        yield Phrase(LEVEL, level=plan.raise_level)
    yield from _pieces(plan.raise_pieces, plan.raise_among)
    if plan.repeat_s is not None:
        yield Phrase(REPEATS, time=_span(plan.repeat_s))
    if plan.widen_after_s is not None:
        yield Phrase(WIDENS, time=_span(plan.widen_after_s))
    for one in plan.quiet:
        start, end = f"{one.start:%H:%M}", f"{one.end:%H:%M}"
        yield Phrase("Quiet from %(start)s to %(end)s, but for level 3", start=start, end=end)


def _pieces(pieces: int | None, among: int | None) -> Iterator[str]:
    if pieces is not None:
        yield Phrase(AMONG, pieces=pieces, among=among) if among else Phrase(PIECES, pieces=pieces)
    elif among:
        yield Phrase(COUNTED, among=among)


def _rules(rules: Thresholds) -> Iterator[str]:
    yield Phrase(LEVEL, level=rules.raise_level)
    yield from _pieces(rules.raise_pieces, rules.raise_among)
    yield "Level 3 always calls"
    yield Phrase(REPEATS, time=_span(rules.repeat_s))
    yield Phrase(WIDENS, time=_span(rules.widen_after_s))
    yield Phrase("Somebody on the way: it calls again after %(time)s", time=_span(rules.ack_timeout_s))
    there = "Somebody there, without an outcome: it calls again after %(time)s"
    yield Phrase(there, time=_span(rules.presence_timeout_s))
    yield Phrase("After an intervention somebody looks again in %(time)s", time=_span(rules.reassess_after_s))


def _span(seconds: float) -> str:
    """A time in minutes where it is whole ones, else in seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return Phrase("%(seconds)s s", seconds=round(seconds)) if rest or not minutes else Phrase(MINUTES, minutes=minutes)
