"""Consents, pauses of cameras and times of care as the details of acts and back, for the audit log and the API."""

from collections.abc import Mapping
from datetime import date, datetime, time

from services.alerts.actor import Actor
from services.alerts.codec import Json, encode_by, instant, read_instant
from services.alerts.policy.consent import MOST_TIMES, WORD_LIMIT, Basis, CameraPause, CareTime, Consent
from services.alerts.policy.errors import ConsentError

DAY_NAMES = ("mo", "tu", "we", "th", "fr", "sa", "su")


def encode_consent(one: Consent) -> Json:
    """A consent."""
    return encode_by(one.by) | {
        "at": instant(one.at),
        "basis": one.basis.value,
        "decided_by": one.decided_by,
        "review_on": one.review_on.isoformat(),
        "note": one.note,
    }


def decode_consent(value: Mapping[str, object], by: Actor, at: datetime) -> Consent:
    """A consent out of JSON, or out of a form's texts, recorded by somebody at a moment. Raises ConsentError."""
    try:
        basis = Basis(str(value["basis"]))
        review = str(value.get("review_on") or "")
        if not review and basis is not Basis.WITHDRAWN:
            raise ConsentError("a consent needs the day until which it is good")
        return Consent(
            by=by,
            at=at,
            basis=basis,
            decided_by=short_text(value["decided_by"]),
            review_on=date.fromisoformat(review) if review else at.date(),
            note=str(value.get("note") or ""),
        )
    except ConsentError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise ConsentError("that is no consent") from error


def encode_pause(one: CameraPause) -> Json:
    """A pause, without who and when: its act has them."""
    return {"until": instant(one.until), "why": one.why}


def decode_pause(value: Mapping[str, object], by: Actor, at: datetime) -> CameraPause:
    """The inverse. Raises ConsentError."""
    try:
        return CameraPause(by, at, read_instant(str(value["until"])), str(value["why"]))
    except (KeyError, ValueError) as error:
        raise ConsentError("that is no pause") from error


def encode_times(times: tuple[CareTime, ...]) -> list[Json]:
    """Times of care, without who and when."""
    return [
        {"days": [DAY_NAMES[day] for day in one.days], "time": f"{one.start:%H:%M}-{one.end:%H:%M}", "why": one.why}
        for one in times
    ]


def decode_times(value: object, by: Actor, at: datetime) -> tuple[CareTime, ...]:
    """The inverse, and out of a form's lines "mo-fr 07:00-07:30 washing". Raises ConsentError."""
    lines = [one for one in str(value).splitlines() if one.strip()] if isinstance(value, str) else value
    if not isinstance(lines, list) or len(lines) > MOST_TIMES:
        raise ConsentError("a camera has 8 times of care at most")
    try:
        return tuple(_line(one, by, at) if isinstance(one, str) else _record(one, by, at) for one in lines)
    except ConsentError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConsentError("a time of care is written as: mo-fr 07:00-07:30 washing") from error


def line_of(one: CareTime) -> str:
    """A time of care as it is written in the form."""
    days = ",".join(DAY_NAMES[day] for day in one.days)
    return f"{days} {one.start:%H:%M}-{one.end:%H:%M} {one.why}".strip()


def _line(text: str, by: Actor, at: datetime) -> CareTime:
    days, span, *why = text.split(None, 2)
    return _record({"days": _days(days), "time": span, "why": why[0] if why else ""}, by, at)


def _days(text: str) -> list[str]:
    named: list[str] = []
    for part in text.lower().split(","):
        first, _, last = part.partition("-")
        begin = DAY_NAMES.index(first[:2])
        end = DAY_NAMES.index(last[:2]) if last else begin
        named += [DAY_NAMES[day % 7] for day in range(begin, end + 1 if end >= begin else end + 8)]
    return named


def _record(value: Mapping[str, object], by: Actor, at: datetime) -> CareTime:
    named, span = value["days"], str(value["time"])
    if not isinstance(named, list):
        raise TypeError("days")
    start, _, end = span.partition("-")
    days = tuple(sorted({DAY_NAMES.index(str(one)) for one in named}))
    return CareTime(
        by, at, time.fromisoformat(start), time.fromisoformat(end), days, short_text(value.get("why") or "")
    )


def short_text(value: object) -> str:
    """A short text on one line. Raises ConsentError."""
    text = " ".join(str(value).split())
    if len(text) > WORD_LIMIT or not text.isprintable():
        raise ConsentError("that text is too long")
    return text
