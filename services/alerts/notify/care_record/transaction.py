"""One change as one FHIR transaction: all of it is taken, or nothing, and taken again it changes nothing.

What never changes (room, camera, a call) is created where the server has none under its identifier (ifNoneExist); what
lives (observation, tasks) is updated under its identifier, and made where there is none.
"""

from collections.abc import Iterator

from fhir.resources.R4B.bundle import Bundle

from services.alerts.notify.care_record import resources
from services.alerts.notify.care_record.names import Json, Name, Names
from services.alerts.notify.notification import Notification


def transaction(names: Names, one: Notification, text: str) -> bytes:
    """The transaction of a change, as it is posted. text: what people read of a call.

    Raises ValueError where it would not be R4B.
    """
    return checked(list(_entries(names, one, text)))


def introduction(names: Names) -> bytes:
    """A transaction that only says who will write here: a Device for this software, made once."""
    return checked([made_once(names.itself, resources.itself(names))])


def checked(entries: list[Json]) -> bytes:
    """A transaction of entries, as it is posted. Raises ValueError where it would not be R4B."""
    body = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    checked: str = Bundle.model_validate(body).model_dump_json(exclude_none=True)
    return checked.encode()


def _entries(names: Names, one: Notification, text: str) -> Iterator[Json]:
    alert = one.transition.alert
    yield from places(names, alert.camera)
    yield kept(names.alarm("Observation", alert.id), resources.observation(names, alert))
    yield kept(names.alarm("Task", alert.id), resources.task(names, alert))
    again = resources.look_again(names, alert)
    if again is not None:
        yield kept(names.look_again(alert.id), again)
    if one.transition.calls:
        yield made_once(names.change(one.id), resources.communication(names, one, text))


def places(names: Names, camera: str) -> Iterator[Json]:
    """A camera (key) and its room, where the server has none of them yet."""
    yield made_once(names.room(camera), resources.room(names, camera))
    yield made_once(names.camera(camera), resources.camera(names, camera))


def made_once(name: Name, resource: Json, by: str = "") -> Json:
    """An entry that makes a thing where there is none. by: how the server finds it, if not by its identifier."""
    request = {"method": "POST", "url": name.kind, "ifNoneExist": by or name.query}
    return {"fullUrl": name.url, "resource": resource, "request": request}


def kept(name: Name, resource: Json) -> Json:
    """An entry that makes a thing, or brings what is there to how it stands now."""
    return {"fullUrl": name.url, "resource": resource, "request": {"method": "PUT", "url": f"{name.kind}?{name.query}"}}
