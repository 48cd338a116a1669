"""A line of the audit log: every change of every alert, every act of a person, hash-chained JSON; no face.

A line is {"format", "n", "at", "change", "alert", "by", "calls", "previous", "hash"}: hash = SHA-256 of the line
without it, in canonical JSON, so that a changed, inserted, removed or reordered line shows. by: who made the change,
null where evidence or time did. What people set for a ward, and what the service notes of itself, stands in the same
chain, with "scope" and "details" in place of "alert" and "calls". Lines without a format are of the version before
alerts had a life cycle; they stay as they are, in the same chain, and are read as upgrade.py says.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.alerts.actor import decode_actor, encode_actor
from services.alerts.codec import Json, decode_alert, encode_alert, instant, read_instant
from services.alerts.errors import AuditTampered, StoreCorrupt
from services.alerts.policy.alert import Change, Transition
from services.alerts.policy.ward_act import WardAct, WardChange
from services.alerts.upgrade import upgraded_alert

Entry = Transition | WardAct
"""What a line tells."""
GENESIS = "0" * 64
FORMAT = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chain ends: how many lines it has, and the last one's hash."""

    count: int = 0
    head: str = GENESIS


@dataclass(frozen=True, slots=True)
class Line:
    """A checked line: its bytes with the end of line, its place, what it tells."""

    raw: bytes
    place: Place
    entry: Entry


def canonical(value: Json) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def line_hash(body: Json) -> str:
    """The hash of a line that has no hash yet."""
    return hashlib.sha256(canonical(body)).hexdigest()


def written(entries: Sequence[Entry], after: Place) -> list[Line]:
    """The lines by which entries follow a place. The same entries after the same place give the same bytes."""
    lines: list[Line] = []
    for entry in entries:
        body = _told(entry) | {"format": FORMAT, "n": after.count + 1, "previous": after.head}
        after = Place(after.count + 1, line_hash(body))
        lines.append(Line(canonical(body | {"hash": after.head}) + b"\n", after, entry))
    return lines


def read(raw: Iterable[bytes], after: Place) -> Iterator[Line]:
    """Lines that follow a place, checked one by one. Raises AuditTampered."""
    for line in raw:
        number = after.count + 1
        try:
            value = json.loads(line)
            body = {name: part for name, part in value.items() if name != "hash"}
            whole = value["hash"] == line_hash(body) and body["previous"] == after.head and body["n"] == number
            if not whole or line != canonical(value) + b"\n":
                raise AuditTampered(number)
            after = Place(number, str(value["hash"]))
            entry = _read(value)
        except (StoreCorrupt, ValueError, KeyError, TypeError, AttributeError) as error:
            raise AuditTampered(number) from error
        yield Line(line, after, entry)


def _told(entry: Entry) -> Json:
    by = None if entry.by is None else encode_actor(entry.by)
    said: Json = {"at": instant(entry.at), "change": entry.change.value, "by": by}
    if isinstance(entry, WardAct):
        return said | {"scope": entry.scope, "details": dict(entry.details)}
    return said | {"alert": encode_alert(entry.alert), "calls": entry.calls}


def _read(value: Json) -> Entry:
    """The inverse, also of the lines of the version before. Raises StoreCorrupt, KeyError, ValueError."""
    at = read_instant(value["at"])
    if "format" not in value:
        return Transition(Change(value["change"]), decode_alert(upgraded_alert(value["alert"])), at)
    by = None if value["by"] is None else decode_actor(value["by"])
    if "scope" in value:
        return WardAct(WardChange(value["change"]), str(value["scope"]), at, by, dict(value["details"]))
    return Transition(Change(value["change"]), decode_alert(value["alert"]), at, by, bool(value["calls"]))
