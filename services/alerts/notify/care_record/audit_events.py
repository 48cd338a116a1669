"""Lines of the ward's records, who read and did what, as R4B AuditEvents.

An AuditEvent has no identifier; a tag of its own tells a repeat. The tag has the line's number and a hash of what it
says: a database that came back from a backup gives numbers a second time.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.alerts.codec import instant
from services.alerts.notify.care_record import codes, resources
from services.alerts.notify.care_record.names import Json, Name, Names
from services.alerts.notify.care_record.transaction import checked, made_once

DICOM = "http://dicom.nema.org/resources/ontology/DCM"
USED = {
    "read": ({"system": DICOM, "code": "110110", "display": "Patient Record"}, "R"),
    "act": ({"system": DICOM, "code": "110110", "display": "Patient Record"}, "U"),
    "sign_in": ({"system": DICOM, "code": "110114", "display": "User Authentication"}, "E"),
}
"""What sort of event a line is, and FHIR's action, by its kind."""
OUTCOMES = {"done": "0", "conflict": "4", "refused": "4", "failed": "8"}
"""success, minor failure, serious failure."""
MACHINES = ("program", "screen")


class RecordLine(Protocol):
    """A line of the records, as they have it: who, as what, what they did, of what, and what came of it."""

    @property
    def at(self) -> datetime: ...
    @property
    def actor(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def action(self) -> str: ...
    @property
    def object(self) -> str: ...
    @property
    def ward(self) -> str | None: ...
    @property
    def outcome(self) -> str: ...


def audit_transaction(names: Names, lines: Sequence[tuple[int, RecordLine]]) -> bytes:
    """The transaction of some lines with their numbers. Raises ValueError where it would not be R4B."""
    found = [made_once(names.itself, resources.itself(names))]
    for number, one in lines:
        name = line_name(names, number, one)
        found.append(made_once(name, audit_event(names, number, one), name.tag_query))
    return checked(found)


def line_name(names: Names, number: int, one: RecordLine) -> Name:
    """By what a repeat is known."""
    told = [instant(one.at), one.actor, one.kind, one.action, one.object, one.ward, one.outcome]
    return names.line(f"{number}-{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]}")


def audit_event(names: Names, number: int, one: RecordLine) -> Json:
    """One line."""
    kind, action = USED[one.kind]
    agent: Json = {"name": one.name, "requestor": True}
    if one.actor:
        agent["who"] = _who(names, one).logical
    if one.role:
        agent["role"] = [codes.own((one.role, one.role))]
    body: Json = {
        "resourceType": "AuditEvent",
        "meta": {"tag": [line_name(names, number, one).tag]},
        "type": kind,
        "subtype": [{"system": codes.OWN, "code": one.action.replace(" ", "-"), "display": one.action}],
        "action": action,
        "recorded": instant(one.at),
        "outcome": OUTCOMES.get(one.outcome, "8"),
        "outcomeDesc": one.outcome,
        "agent": [agent],
        "source": {"observer": names.itself.reference},
    }
    what: Json = {"name": one.object} if one.object else {}
    if one.ward is not None:
        what |= {"what": names.place(one.ward, one.object).logical}
    return body | ({"entity": [what]} if what else {})


def _who(names: Names, one: RecordLine) -> Name:
    machine = one.role in MACHINES
    return names.machine(one.role, one.actor, one.name) if machine else names.staff(one.actor, one.name)
