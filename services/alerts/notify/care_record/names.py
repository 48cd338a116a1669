"""By what a care record knows the ward's things: identifiers that never change, and references inside a transaction.

An identifier is good for one site. It is what makes a repeat harmless: the server is asked for the thing under it.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from services.alerts.actor import Actor
from services.site.records import Site

Json = dict[str, object]
_OF_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "urn:veilward:fhir")


@dataclass(frozen=True, slots=True)
class Name:
    """A thing's business identifier. kind: FHIR's type."""

    kind: str
    system: str
    value: str
    display: str = ""

    @property
    def identifier(self) -> Json:
        """As resources hold it."""
        return {"system": self.system, "value": self.value}

    @property
    def query(self) -> str:
        """By which the server finds it."""
        return f"identifier={quote(f'{self.system}|{self.value}', safe='')}"

    @property
    def tag(self) -> Json:
        """As resources hold it that have no identifier."""
        return {"system": self.system, "code": self.value}

    @property
    def tag_query(self) -> str:
        """By which the server finds those."""
        return f"_tag={quote(f'{self.system}|{self.value}', safe='')}"

    @property
    def url(self) -> str:
        """Its place in a transaction; the same in every repeat."""
        return f"urn:uuid:{uuid.uuid5(_OF_NAMES, f'{self.kind} {self.system} {self.value}')}"

    @property
    def reference(self) -> Json:
        """To it, from a resource of the same transaction."""
        found: Json = {"reference": self.url, "type": self.kind}
        return found | ({"display": self.display} if self.display else {})

    @property
    def logical(self) -> Json:
        """To it, where the server may know it or not."""
        found: Json = {"type": self.kind, "identifier": self.identifier}
        return found | ({"display": self.display} if self.display else {})


class Names:
    """The names of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site.site
        self._places: Mapping[str, tuple[str, str]] = {
            f"{ward.id}/{room.id}/{camera.id}": (f"{room.name}, {ward.name}", camera.name)
            for ward, room, camera in site.walk()
        }

    @property
    def itself(self) -> Name:
        """This software, at this site."""
        return self._name("Device", "software", "veilward", "Veilward")

    def room(self, camera: str) -> Name:
        """The room of a camera (key)."""
        room = camera.rpartition("/")[0]
        return self._name("Location", "room", room, self._places.get(camera, (room, ""))[0])

    def place(self, ward: str, about: str) -> Name:
        """What somebody looked at or acted on: a room where it names one of the ward's, else the ward."""
        room = "/".join(about.split("/")[:2])
        known = about.startswith(f"{ward}/") and any(key.startswith(f"{room}/") for key in self._places)
        return self.room(f"{room}/") if known else self._name("Location", "ward", ward)

    def camera(self, camera: str) -> Name:
        """A camera (key)."""
        return self._name("Device", "camera", camera, self._places.get(camera, ("", camera))[1])

    def alarm(self, kind: str, alert: str) -> Name:
        """What is told of an alert (id), by type of resource."""
        return self._name(kind, "alert", alert)

    def look_again(self, alert: str) -> Name:
        """The look after an intervention."""
        return self._name("Task", "look-again", alert)

    def consent(self, camera: str) -> Name:
        """What was decided of a camera (key)."""
        return self._name("Consent", "consent", camera)

    def resident(self, camera: str) -> Name:
        """Whoever lives in the room of a camera (key): known by the room alone."""
        return self._name("Patient", "resident-of", camera.rpartition("/")[0])

    def line(self, line: str) -> Name:
        """A line of the records of who read and did what."""
        return self._name("AuditEvent", "record", line)

    def machine(self, kind: str, number: str, display: str) -> Name:
        """A program's token, or a screen: what is no person and was let in."""
        return self._name("Device", kind, number, display)

    def change(self, change: str) -> Name:
        """A change that was told (id)."""
        return self._name("Communication", "change", change)

    def person(self, by: Actor) -> Name:
        """Somebody of the staff."""
        return self.staff(by.id, by.name)

    def staff(self, number: str, name: str) -> Name:
        """The same, by the id of an account."""
        return self._name("Practitioner", "person", number, name)

    def _name(self, kind: str, what: str, value: str, display: str = "") -> Name:
        return Name(kind, f"urn:veilward:{self._site}:{what}", value, display)
