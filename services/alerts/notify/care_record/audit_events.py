"""Lines of the ward's records, who read and did what, as R4B AuditEvents.

An AuditEvent has no identifier; a tag of its own tells a repeat. The tag has the line's number and a hash of what it
says: a database that came back from a backup gives numbers a second time.
"""

import hashlib
import json
from collections.abc import Sequence

from services.alerts.codec import instant
from services.alerts.notify.care_record import codes, resources
from services.alerts.notify.care_record.names import Json, Name, Names
from services.alerts.notify.care_record.transaction import checked, made_once
from services.alerts.records.access_log import Entry, Kind

DICOM = "http://dicom.nema.org/resources/ontology/DCM"
USED = {
    Kind.READ: ({"system": DICOM, "code": "110110", "display": "Patient Record"}, "R"),
    Kind.ACT: ({"system": DICOM, "code": "110110", "display": "Patient Record"}, "U"),
    Kind.SIGN_IN: ({"system": DICOM, "code": "110114", "display": "User Authentication"}, "E"),
}
"""What sort of event a line is, and FHIR's action, by its kind."""
OUTCOMES = {"done": "0", "conflict": "4", "refused": "4", "failed": "8"}
"""success, minor failure, serious failure."""
MACHINES = ("program", "screen")


def audit_transaction(names: Names, lines: Sequence[tuple[int, Entry]]) -> bytes:
    """The transaction of some lines with their numbers. Raises ValueError where it would not be R4B."""
    found = [made_once(names.itself, resources.itself(names))]
    for number, one in lines:
        name = line_name(names, number, one)
        found.append(made_once(name, audit_event(names, number, one), name.tag_query))
    return checked(found)


def line_name(names: Names, number: int, one: Entry) -> Name:
    """By what a repeat is known."""
    told = [instant(one.at), one.actor, one.kind, one.action, one.object, one.ward, one.outcome]
    return names.line(f"{number}-{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]}")


def audit_event(names: Names, number: int, one: Entry) -> Json:
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


def _who(names: Names, one: Entry) -> Name:
    machine = one.role in MACHINES
    return names.machine(one.role, one.actor, one.name) if machine else names.staff(one.actor, one.name)
