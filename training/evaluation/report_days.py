"""The report's part about whole days: false calls a resident's day, what they cost in sensitivity, and one such day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.evaluation.page import figure, paragraph, section, table
from training.evaluation.plots import Canvas
from training.evaluation.words import percent
from training.synth.day import DAY_S, HOUR_S

ROWS = {"sleep": 0, "calm": 1, "talk": 2, "meal": 3, "care": 4, "unrest": 5, "pain": 6}
"""Where an activity stands in the picture, from below."""
TRADE = "Each disc is the network with its thresholds moved: upwards, the part of pictures of level 2 that are called."


def days_section(days: dict[str, Any], pictures: Sequence[dict[str, Any]] = ()) -> str:
    """Of what days.measure_days found, and of pictures what shifts.pictures_at did."""
    usual = next(row for row in days["curve"] if row["shift"] == 0)
    of_pictures = {row["shift"]: row for row in pictures}
    rows = [(_shift(row), *_row(row), *_pictures(of_pictures.get(row["shift"]))) for row in days["curve"]]
    rules = [(f"{row['raise_pieces']} of level {row['raise_level']} or more", *_row(row)) for row in days["rules"]]
    groups = [(f"{row['kind']}: {row['group']} ({row['residents']})", *_row(row)) for row in days["groups"]]
    blamed = ", ".join(f"{name} {count}" for name, count in days["false_by_activity"].items()) or "none"
    columns = ("false calls a day (95 %, Poisson)", "episodes", "called for", "to the call, median")
    return section(
        "Whole days",
        paragraph(
            f"{days['residents']} drawn residents, {days['days_each']} days each: sleep, meals, talk, care, traces of "
            "pain and, some times a day, half a minute of pain. Levels went through the ward's own alert policy. A "
            "row's number moves all thresholds by so many log odds: above 0 the network calls later. "
            + _choice(days, usual)
        ),
        table(("thresholds moved by", *columns, "pictures right", "of level 2 called", "of level 3 called"), rows),
        *([figure(_trade(days["curve"], of_pictures), TRADE)] if of_pictures else []),
        paragraph("The network as it is, under rules that ask for more. Two pieces of level 3 are enough in each."),
        table(("pieces within a while", *columns), rules),
        paragraph(f"What residents did when a false call was raised: {blamed}.", "note"),
        table(("group (residents)", *columns), groups),
        figure(_day(days["shown"]), f"A day of {days['shown']['resident']}, the one with the most false calls."),
    )


def _shift(row: dict[str, Any]) -> str:
    return f"{row['shift']:+g}" if row["shift"] else "0, as it is"


def _pictures(row: dict[str, Any] | None) -> tuple[str, ...]:
    """Of the drawn pictures that the rest of the report is about."""
    if row is None:
        return ("–",) * 3
    return tuple("–" if part is None else percent(part, 0) for part in (row["accuracy"], *row["called"][2:4]))


def _trade(curve: Sequence[dict[str, Any]], pictures: Mapping[float, dict[str, Any]]) -> str:
    """False calls a day against pictures of level 2 that are called, a disc for each shift."""
    canvas = Canvas(690, 260, "False calls against moderate pain found", (14, 20, 44, 60))
    most = max(1.0, *(row["false_per_day"]["value"] for row in curve))
    for tick in (0, 0.25, 0.5, 0.75, 1):
        canvas.line([(0, tick), (1, tick)], "grid")
        canvas.line([(tick**0.5, 0), (tick**0.5, 1)], "grid")
        canvas.text(0, tick, percent(tick, 0), "tick end", dx=-6, dy=4)
        canvas.text(tick**0.5, 0, f"{tick * most:.3g}", "tick middle", dy=16)
    known = [(row, pictures[row["shift"]]["called"][2]) for row in curve if row["shift"] in pictures]
    places = [(row, (row["false_per_day"]["value"] / most) ** 0.5, part) for row, part in known if part is not None]
    canvas.line([(x, y) for _, x, y in places], "curve c0")
    for row, x, y in places:
        canvas.dot(x, y, 4, "disc")
        canvas.text(x, y, f"{row['shift']:+g}" if row["shift"] else "as it is", "tick", dx=7, dy=13)
    canvas.text(0.5, 0, "false calls a resident's day, by their square root", "axis middle", dy=36)
    return canvas.svg()


def _choice(days: dict[str, Any], usual: dict[str, Any]) -> str:
    wanted, shift = percent(days["sensitivity_wanted"], 0), days["chosen"]
    if shift is None:
        return f"None of them calls for {wanted} of episodes."
    if shift == usual["shift"]:
        return f"Of those that call for {wanted} of episodes, the network as it is has the fewest false calls."
    return f"Of those that call for {wanted} of episodes, {shift:+g} has the fewest false calls."


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    calls, delay = row["false_per_day"], row["onset_to_alert_s"]
    return (
        f"{calls['value']:.2f} ({calls['low']:.2f} to {calls['high']:.2f})",
        str(row["episodes"]),
        f"{row['episodes_met']} ({percent(row['sensitivity'], 0)})",
        "–" if delay is None else f"{delay:.0f} s",
    )


def _day(shown: dict[str, Any]) -> str:
    """Activities as bars by the hour; calls as marks above, false ones in the colour of what is wrong."""
    canvas = Canvas(690, 210, "One day: activities and calls", (24, 12, 34, 60))
    height = 1 / (len(ROWS) + 1)
    for name, row in ROWS.items():
        canvas.text(0, (row + 0.5) * height, name, "tick end", dx=-6, dy=4)
    for hour in range(0, 25, 3):
        canvas.line([(hour * HOUR_S / DAY_S, 0), (hour * HOUR_S / DAY_S, 1)], "grid")
        canvas.text(hour * HOUR_S / DAY_S, 0, f"{hour}:00", "tick middle", dy=15)
    for name, start, end in shown["plan"]:
        canvas.box(start / DAY_S, ROWS[name] * height, max((end - start) / DAY_S, 0.002), 0.8 * height, "bar")
    for start, _ in shown["episodes"]:
        canvas.dot(start / DAY_S, 1 - 0.5 * height, 3, "said")
    for start, end, true in shown["alerts"]:
        canvas.box(start / DAY_S, 0, max((min(end, DAY_S) - start) / DAY_S, 0.003), 1, "alert")
        canvas.text(start / DAY_S, 1, "call" if true else "false", "tick middle", dy=-6)
    canvas.text(0.5, 0, "discs: painful episodes; shaded: an alert is open", "axis middle", dy=30)
    return canvas.svg()
