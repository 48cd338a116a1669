"""Who acts: the one value that the ward's acts, alarms and records name a person by. Values only.

An actor is made where somebody signed in and nowhere else: who, as what, for which wards, and how that is known.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is on the ward; services/alerts/people/rights.py says what each may."""

    CARER = "carer"
    NURSE = "nurse"
    OVERSEER = "overseer"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"
    SCREEN = "screen"
    PROGRAM = "program"


class Way(StrEnum):
    """How it is known who acts. TYPED: a name that was typed before the page knew people; nothing vouches for it."""

    PASSWORD = "password"
    PIN = "pin"
    PROVIDER = "provider"
    LINK = "link"
    DEVICE = "device"
    TOKEN = "token"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, or something, that sees or acts.

    id: of the account, device or token; never given to another. name: as people read it. wards: the ids in scope; None
    is every ward of the site.
    """

    id: str
    name: str
    role: Role
    wards: tuple[str, ...] | None
    way: Way

    def sees(self, ward: str) -> bool:
        """Whether a ward is in scope."""
        return self.wards is None or ward in self.wards

    def covers(self, wards: tuple[str, ...] | None) -> bool:
        """Whether a whole scope lies in this one's."""
        return self.wards is None or (wards is not None and set(wards) <= set(self.wards))

    def is_same_person(self, other: "Actor") -> bool:
        """Whether both are one account, however they signed in."""
        return self.id == other.id


def typed_name(name: str) -> Actor:
    """The actor of an entry from before people signed in: a name, and nothing that vouches for it."""
    return Actor(f"{Way.TYPED}:{name}", name, Role.CARER, None, Way.TYPED)


def encode_actor(actor: Actor) -> dict[str, object]:
    """An actor as stores and logs hold it."""
    wards = None if actor.wards is None else list(actor.wards)
    return {"id": actor.id, "name": actor.name, "role": actor.role.value, "wards": wards, "way": actor.way.value}


def decode_actor(value: object) -> Actor:
    """The inverse of encode_actor, and of the plain names of earlier versions. Raises ValueError."""
    if isinstance(value, str):
        return typed_name(value)
    if not isinstance(value, dict):
        raise ValueError("not an actor")
    try:
        wards = None if value["wards"] is None else tuple(str(one) for one in value["wards"])
        return Actor(str(value["id"]), str(value["name"]), Role(value["role"]), wards, Way(value["way"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an actor: {type(error).__name__}") from error
