"""What a plan costs: bytes exactly, seconds as a prediction; and the table that says so beside the accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rich.table import Table

from snni.model.plan import Plan
from snni.model.step_cost import total_cost
from snni.twoparty.suite import suite_of
from training.cost.measurements import PROTOCOL, measurements
from training.cost.seconds import Prediction, Seconds, predictor
from training.tuning.agreement import Agreement

LINK = "5g"


@dataclass(frozen=True)
class Price:
    """Of one frame by itself. online_bytes: both ways, from its pixels to its level; ahead_bytes: before it exists.

    seconds: predicted; None where nothing was measured to predict from.
    """

    online_bytes: int
    ahead_bytes: int
    comparisons: int
    flights: int
    seconds: Seconds | None


def price(plan: Plan, link: str = LINK) -> Price:
    """Raises OptionError: nothing was measured over the link."""
    suite = suite_of(comparison=PROTOCOL)  # that of the measurements which seconds are fitted to
    online, linear = total_cost(plan, suite), suite.linear_traffic(plan)
    other, _ = suite.nonlinear_traffic(plan, scores=False)
    ahead = [linear.total_bytes, other.total_bytes]
    counts = {
        "macs": online.macs,
        "comparisons": online.comparisons,
        "online_bytes": online.online_bytes,
        "online_flights": online.flights,
        "linear_bytes": ahead[0],
        "linear_flights": linear.flights,
        "other_bytes": ahead[1],
        "other_flights": other.flights,
    }
    predicted = _predictor()
    seconds = predicted(counts, link) if predicted is not None else None
    return Price(online.online_bytes, sum(ahead), online.comparisons, online.flights, seconds)


@cache
def _predictor() -> Prediction | None:
    return predictor(measurements())


@dataclass(frozen=True)
class Variant:
    """A row of the table; a float network has no price."""

    name: str
    measured: Agreement
    price: Price | None = None


def table(variants: Sequence[Variant], link: str = LINK) -> Table:
    """A row a variant."""
    told = [one.price.seconds for one in variants if one.price is not None and one.price.seconds is not None]
    caption = "MB are exact. Too few networks were measured to predict seconds from."
    if told:
        caption = (
            f"MB are exact. Seconds over {link} are a prediction from measured networks; these it misses "
            f"by up to {told[0].online_error:.0%} online, {told[0].ahead_error:.0%} ahead."
        )
    made = Table(title="accuracy and cost, a frame by itself", caption=caption)
    for column in ("variant", "accuracy", "PCC", "online MB", "ahead MB", "online s", "ahead s"):
        made.add_column(column, justify="left" if column == "variant" else "right")
    for one in variants:
        pcc = "-" if one.measured.pcc is None else f"{one.measured.pcc:.3f}"
        made.add_row(one.name, f"{one.measured.accuracy:.3f}", pcc, *_cells(one.price))
    return made


def _cells(price: Price | None) -> tuple[str, ...]:
    if price is None:
        return ("",) * 4
    seconds = ("", "") if price.seconds is None else (f"{price.seconds.online:.2f}", f"{price.seconds.ahead:.2f}")
    return (f"{price.online_bytes / 1e6:.2f}", f"{price.ahead_bytes / 1e6:.2f}", *seconds)


def table_lines(variants: Sequence[Variant]) -> list[str]:
    """The exact part of the table for a card: a line a variant."""
    lines = []
    for one in variants:
        cost = one.price
        sent = f", {cost.online_bytes / 1e6:.2f} MB online and {cost.ahead_bytes / 1e6:.2f} MB ahead" if cost else ""
        lines.append(f"{one.name}: {one.measured}{sent}")
    return lines
