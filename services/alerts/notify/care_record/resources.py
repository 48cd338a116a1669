"""An alert as FHIR R4B resources, each a plain value; `transaction.py` puts them together and has them checked.

Observation    the level, the worst of the episode. preliminary until somebody was there: then final, or cancelled where
               she found no pain. What calm ended, and what could not be assessed, stays preliminary.
Task           somebody is to go: requested, accepted, in-progress (somebody is there), completed with an outcome;
               cancelled where calm ended it. A promise that ran out makes it requested again.
Task           somebody is to look again after an intervention.
Communication  one call for somebody, once.
Device         the camera. Location: the room, which stands for whoever lives in it: no resident is named.
"""

from collections.abc import Sequence

from services.alerts.actor import Actor
from services.alerts.codec import instant
from services.alerts.notify.care_record import codes
from services.alerts.notify.care_record.names import Json, Names
from services.alerts.notify.notification import Notification
from services.alerts.policy.alert import Alert, AlertStatus, Outcome, Resolution

OBSERVED = {Outcome.PAIN: "final", Outcome.PAIN_TREATED: "final", Outcome.NO_PAIN: "cancelled"}
"""An observation's status, by what somebody found."""
ASKED = {
    AlertStatus.RAISED: "requested",
    AlertStatus.ACKNOWLEDGED: "accepted",
    AlertStatus.ARRIVED: "in-progress",
    AlertStatus.RESOLVED: "completed",
    AlertStatus.CLEARED: "cancelled",
}
SURVEY = ("http://terminology.hl7.org/CodeSystem/observation-category", "survey", "Survey")
CALL = ("http://terminology.hl7.org/CodeSystem/communication-category", "alert", "Alert")


def room(names: Names, camera: str) -> Json:
    """The room of a camera (key)."""
    name = names.room(camera)
    return resource("Location", [name.identifier], name=name.display, mode="instance")


def itself(names: Names) -> Json:
    """This software."""
    name = names.itself
    label = {"name": name.display, "type": "user-friendly-name"}
    return resource("Device", [name.identifier], deviceName=[label], type=codes.own(codes.SOFTWARE))


def camera(names: Names, key: str) -> Json:
    """A camera."""
    name = names.camera(key)
    return resource(
        "Device",
        [name.identifier],
        deviceName=[{"name": name.display, "type": "user-friendly-name"}],
        type=codes.own(codes.CAMERA),
        location=names.room(key).reference,
    )


def observation(names: Names, alert: Alert) -> Json:
    """The level."""
    said = alert.resolution
    body = resource(
        "Observation",
        [names.alarm("Observation", alert.id).identifier],
        status="preliminary" if said is None else OBSERVED.get(said.outcome, "preliminary"),
        category=[codes.public(*SURVEY)],
        code=codes.own(codes.ESTIMATE),
        subject=names.room(alert.camera).reference,
        device=names.camera(alert.camera).reference,
        effectivePeriod=_period(alert),
        issued=instant(alert.changed_at),
        valueCodeableConcept=codes.level(alert.level),
        component=[{"code": codes.own(codes.ORDINAL), "valueInteger": alert.level}],
    )
    if said is not None:
        body |= {"performer": [names.person(said.by).logical], "note": _notes(said)}
    return body


def task(names: Names, alert: Alert) -> Json:
    """That somebody is to go, and who does."""
    said, there, going = alert.resolution, alert.arrival, alert.ack
    body = resource(
        "Task",
        [names.alarm("Task", alert.id).identifier],
        status=ASKED[alert.status],
        businessStatus=codes.status(alert.status),
        intent="order",
        priority=codes.PRIORITIES[alert.level],
        code=codes.own(codes.ALARM),
        focus=names.alarm("Observation", alert.id).reference,
        requester=names.camera(alert.camera).reference,
        authoredOn=instant(alert.raised_at),
        lastModified=instant(alert.changed_at),
        **_where(names, alert),
    )
    owner = _owner(alert)
    if owner is not None:
        body["owner"] = names.person(owner).logical
    if there is not None and alert.status in (AlertStatus.ARRIVED, AlertStatus.RESOLVED):
        body["executionPeriod"] = {"start": instant(there.at)} | ({} if said is None else {"end": instant(said.at)})
    if going is not None and alert.status is AlertStatus.ACKNOWLEDGED:
        body["restriction"] = {"period": {"start": instant(going.at), "end": instant(going.expires_at)}}
    if alert.status is AlertStatus.CLEARED:
        body["statusReason"] = {"text": "Calm levels ended it; nobody said what it was."}
    return body | _output(said)


def look_again(names: Names, alert: Alert) -> Json | None:
    """That somebody is to look again, where that is or was so; who treated again, or could not tell, leaves it open."""
    due, last, first = alert.reassess_at, alert.reassessed, alert.resolution
    if first is None or (due is None and last is None):
        return None
    return resource(
        "Task",
        [names.look_again(alert.id).identifier],
        status="completed" if due is None else "requested",
        intent="order",
        priority="routine",
        code=codes.own(codes.LOOK_AGAIN),
        focus=names.alarm("Observation", alert.id).reference,
        authoredOn=instant(first.at),
        lastModified=instant(alert.changed_at),
        **({} if due is None else {"restriction": {"period": {"start": instant(due)}}}),
        **({} if last is None else {"owner": names.person(last.by).logical}),
        **_where(names, alert),
        **_output(last),
    )


def communication(names: Names, one: Notification, text: str) -> Json:
    """A call. text: what people read of it; no person."""
    change, alert = one.transition, one.transition.alert
    return resource(
        "Communication",
        [names.change(one.id).identifier],
        status="completed",
        category=[codes.public(*CALL)],
        priority=codes.PRIORITIES[alert.level],
        reasonCode=[codes.happened(change.change)],
        about=[names.alarm("Task", alert.id).reference, names.room(alert.camera).reference],
        sender=names.camera(alert.camera).reference,
        sent=instant(change.at),
        payload=[{"contentString": text}],
    )


def resource(kind: str, identifiers: Sequence[Json], **fields: object) -> Json:
    """A resource, by its type and its business identifiers."""
    return {"resourceType": kind, "identifier": list(identifiers)} | fields


def _period(alert: Alert) -> Json:
    begun: Json = {"start": instant(alert.onset_at)}
    ended = alert.ended_at
    return begun if ended is None else begun | {"end": instant(max(ended, alert.onset_at))}


def _owner(alert: Alert) -> Actor | None:
    """Who promised to go, is there, or was."""
    match alert.status:
        case AlertStatus.ACKNOWLEDGED if alert.ack is not None:
            return alert.ack.by
        case AlertStatus.ARRIVED if alert.arrival is not None:
            return alert.arrival.by
        case AlertStatus.RESOLVED if alert.resolution is not None:
            return alert.resolution.by
    return None


def _where(names: Names, alert: Alert) -> Json:
    where = names.room(alert.camera).reference
    return {"for": where, "location": where}


def _output(said: Resolution | None) -> Json:
    if said is None:
        return {}
    found: Json = {"type": codes.own(codes.OUTCOME), "valueCodeableConcept": codes.outcome(said.outcome)}
    return {"output": [found], "note": _notes(said)}


def _notes(said: Resolution) -> list[Json]:
    text = codes.OUTCOMES[said.outcome] + (f": {said.reason}" if said.reason else "")
    return [{"authorString": said.by.name, "time": instant(said.at), "text": text}]
