"""The report of a ward and of each of its rooms, from the database; and the tables that programs read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from starlette.responses import Response

from services.alerts.policy.alert import Alert, Outcome
from services.alerts.policy.course import UNSEEN
from services.alerts.policy.coverage import Coverage
from services.alerts.policy.period import Period
from services.alerts.policy.shift_report import ShiftReport, answered_at, report
from services.alerts.records.history import Wanted
from services.alerts.records.memory import Memory

HOUR = timedelta(hours=1)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula when a cell begins with it."""


@dataclass(frozen=True, slots=True)
class Room:
    """One room of a report. cameras: keys."""

    id: str
    name: str
    cameras: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WardReport:
    """rooms: in the order of their names, each with its own report. until: how far the time has come."""

    ward: ShiftReport
    rooms: Sequence[tuple[Room, ShiftReport]]
    until: datetime


async def ward_report(memory: Memory, ward: str, rooms: Sequence[Room], period: Period, now: datetime) -> WardReport:
    """The report of what of a period has passed. Raises RecordsUnavailable."""
    start, end = period.start, max(period.start, min(period.end, now))
    cameras = [camera for room in rooms for camera in room.cameras]
    alerts = await memory.history.all_of(Wanted(wards=(ward,), since=start, before=end))
    covered = await memory.levels.lasted(cameras, start, end)

    def of(some: Sequence[str]) -> ShiftReport:
        return report(alerts, covered, some, start, end)

    return WardReport(of(cameras), [(room, of(room.cameras)) for room in rooms], end)


def alerts_table(alerts: Iterable[Alert], rooms: Mapping[str, str], zone: tzinfo) -> str:
    """Alerts as CSV, without names of persons. rooms: names by id; of a room that is there no more its id stands."""

    def line(one: Alert) -> list[object]:
        _, room, camera = one.camera.split("/", 2)
        moments = (answered_at(one), None if one.arrival is None else one.arrival.at)
        return [
            *(one.id, rooms.get(room, room), camera, one.level, _moment(one.raised_at, zone)),
            *(_seconds(None if at is None else at - one.raised_at) for at in moments),
            *("" if one.resolution is None else one.resolution.outcome.value, _moment(one.ended_at, zone), one.signals),
        ]

    head = ("alert", "room", "camera", "worst_level", "called_at", "answered_after_s", "there_after_s")
    return _csv([*head, "outcome", "ended_at", "calls"], map(line, alerts))


def rooms_table(found: WardReport) -> str:
    """A line for each room of a report as CSV, and one for the ward, whose room is empty."""

    def line(name: str, one: ShiftReport) -> list[object]:
        waits = [one.answer.middle, one.answer.most, one.response.middle, one.response.most]
        return [
            *(name, len(one.alerts), one.unanswered, *(_seconds(wait) for wait in waits)),
            *(one.outcomes.get(outcome, 0) for outcome in Outcome),
            *(one.unsaid, "" if one.false_rate is None else f"{one.false_rate:.4f}"),
            *(f"{one.total(why) / HOUR:.3f}" for why in (Coverage.SEEN, *UNSEEN, None)),
        ]

    head = ["room", "alerts", "unanswered", "answered_median_s", "answered_p90_s", "there_median_s", "there_p90_s"]
    head += [*(outcome.value for outcome in Outcome), "without_outcome", "false_alarm_rate"]
    head += [f"{why}_h" for why in (Coverage.SEEN.value, *(one.value for one in UNSEEN), "unrecorded")]
    return _csv(head, [line("", found.ward), *(line(room.name, one) for room, one in found.rooms)])


def as_file(text: str, name: str) -> Response:
    """A table to be kept, in the encoding that spreadsheets know."""
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=head)


def _csv(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_cell(one) for one in line] for line in lines)
    return text.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _moment(at: datetime | None, zone: tzinfo) -> str:
    return "" if at is None else at.astimezone(zone).isoformat(timespec="seconds")


def _seconds(span: timedelta | None) -> object:
    return "" if span is None else round(span.total_seconds())


def bar(one: ShiftReport) -> Iterator[tuple[str, float, float]]:
    """A room's time as parts of a bar: what, where it begins and how long it is, 0 to 1."""
    parts = [(why.value, one.total(why)) for why in (Coverage.SEEN, *UNSEEN)] + [("unrecorded", one.total(None))]
    whole, at = sum((lasted for _, lasted in parts), timedelta(0)), 0.0
    for name, lasted in parts:
        part = lasted / whole if whole else 0.0
        yield name, at, part
        at += part
