"""The book of consents: what acts make of it, and that the audit log gives it back as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.actor import typed_name
from services.alerts.audit.audit_index import AuditIndex
from services.alerts.consent_codec import decode_consent, decode_times, line_of
from services.alerts.policy.errors import ConsentError
from services.alerts.policy.ward_act import WardAct
from services.alerts.state.consent_book import ConsentBook

ADA, BO = typed_name("Ada"), typed_name("Bo")
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
CAMERA = "ward-1/room-1/cam-1"
GIVEN = {"basis": "given", "decided_by": "the resident", "review_on": "2026-09-01", "note": "by word, witnessed"}


def told_again(acts: list[WardAct], now: datetime = NOW + timedelta(hours=2)) -> ConsentBook:
    """What a start at a moment makes of the log."""
    index, book = AuditIndex(), ConsentBook(UTC)
    for act in acts:
        index.note(WardAct(act.change, act.scope, act.at, act.by, json.loads(json.dumps(act.details))))
    book.restore(index.consents, now)
    return book


def test_a_withdrawn_consent_has_the_one_before_it() -> None:
    book = ConsentBook(UTC)
    first = book.set_consent(CAMERA, decode_consent(GIVEN, ADA, NOW))
    assert first.details["before"] is None
    withdrawn = {"basis": "withdrawn", "decided_by": "the resident"}
    second = book.set_consent(CAMERA, decode_consent(withdrawn, BO, NOW + timedelta(hours=1)))
    assert second.details["before"] == first.details["consent"]
    assert book.basis(CAMERA, NOW) == "withdrawn"
    assert told_again([first, second]).of(CAMERA) == book.of(CAMERA)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["pause", "resume", "in room", "times", "give", "withdraw", "set back", "set forward"]),
        st.integers(1, 90),
    ),
    max_size=12,
)


def acts_of(book: ConsentBook, what: str, minutes: int, now: datetime) -> list[WardAct | None]:
    """What the log is told of a step."""
    match what:
        case "pause":
            return [book.pause(CAMERA, ADA, minutes, "washing", now)]
        case "resume" | "in room":
            return [book.resume(CAMERA, BO, f"{minutes:032x}" if what == "in room" else "", now)]
        case "times":
            return [book.set_times(CAMERA, decode_times(f"mo-fr 07:{minutes % 60:02}-08:00 x", ADA, now), ADA, now)]
        case "set":
            return [*book.told_again(now)]
    said = GIVEN if what == "give" else {"basis": "withdrawn", "decided_by": "the resident"}
    return [book.set_consent(CAMERA, decode_consent(said, ADA, now))]


@given(steps=STEPS)
def test_the_log_gives_the_book_back_after_any_acts_and_whatever_the_clock_was_set_to(
    steps: list[tuple[str, int]],
) -> None:
    book, now = ConsentBook(UTC), NOW
    acts: list[WardAct] = []
    for what, minutes in steps:
        now += timedelta(minutes=minutes)
        if what.startswith("set"):
            by = timedelta(minutes=-3 * minutes if what == "set back" else 3 * minutes)
            now += by
            book.move(by)
        told = acts_of(book, what.split()[0] if what.startswith("set") else what, minutes, now)
        acts += [act for act in told if act is not None]
    again = told_again(acts, now)
    assert again.running(CAMERA, now) == book.running(CAMERA, now)
    assert again.basis(CAMERA, now) == book.basis(CAMERA, now)
    assert [one.pause for one in again.of(CAMERA).lifted] == [one.pause for one in book.of(CAMERA).lifted]


def test_a_pause_ends_by_time_or_by_somebody_and_one_of_the_room_by_its_name() -> None:
    book = ConsentBook(UTC)
    book.pause(CAMERA, ADA, 30, "visit", NOW)
    stop = book.running(CAMERA, NOW + timedelta(minutes=29))
    assert stop is not None
    assert (stop.by, stop.why) == (ADA, "visit")
    assert book.running(CAMERA, NOW + timedelta(minutes=30)) is None
    assert book.resume(CAMERA, BO, "", NOW + timedelta(minutes=31)) is None
    act = book.resume(CAMERA, BO, "ab" * 16, NOW + timedelta(minutes=31))
    assert act is not None
    assert [one.pause for one in book.of(CAMERA).lifted] == ["ab" * 16]
    assert book.resume(CAMERA, BO, "ab" * 16, NOW + timedelta(minutes=32)) is None


def test_the_clock_was_set_and_no_pause_is_shorter() -> None:
    book = ConsentBook(UTC)
    book.pause(CAMERA, ADA, 30, "", NOW)
    book.move(timedelta(hours=5))
    assert book.running(CAMERA, NOW + timedelta(hours=5, minutes=29)) is not None
    assert book.running(CAMERA, NOW + timedelta(hours=5, minutes=30)) is None


def test_a_pause_outlasts_a_clock_that_was_set_back_while_nothing_ran() -> None:
    """By the log it begins in an hour: until then the camera would be processed."""
    paused = ConsentBook(UTC).pause(CAMERA, ADA, 30, "visit", NOW + timedelta(hours=1))
    again = told_again([paused], NOW)
    assert again.running(CAMERA, NOW) is not None
    assert again.running(CAMERA, NOW + timedelta(minutes=29)) is not None
    assert again.running(CAMERA, NOW + timedelta(minutes=30)) is None


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), float("inf"), 1441])
def test_no_pause_lasts_so_long(minutes: float) -> None:
    with pytest.raises(ConsentError):
        ConsentBook(UTC).pause(CAMERA, ADA, minutes, "", NOW)


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("mo-fr 07:00-07:30 washing", (0, 1, 2, 3, 4)),
        ("Sa,su 21:30-00:15", (5, 6)),
        ("fr-mo 07:00-07:30", (0, 4, 5, 6)),
        ("we 07:00-07:30 the long bath", (2,)),
    ],
)
def test_times_of_care_as_people_write_them(line: str, days: tuple[int, ...]) -> None:
    (one,) = decode_times(line, ADA, NOW)
    assert one.days == days
    assert decode_times(line_of(one), ADA, NOW) == (one,)
    assert (one.start, one.end) != (time(0), time(0))


@pytest.mark.parametrize(
    "wrong", ["07:00-07:30", "xx 07:00-07:30", "mo 7-8", "mo 07:00-12:00", "mo\n" * 9, "mo 07:00-07:30 " + "x" * 99]
)
def test_what_is_no_time_of_care(wrong: str) -> None:
    with pytest.raises(ConsentError):
        decode_times(wrong, ADA, NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        GIVEN | {"basis": "assumed"},
        GIVEN | {"decided_by": ""},
        GIVEN | {"review_on": ""},
        GIVEN | {"review_on": "soon"},
        GIVEN | {"review_on": "2028-01-01"},
    ],
)
def test_what_is_no_consent(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConsentError):
        decode_consent(wrong, ADA, NOW)
