"""Who sent a request: a person by a session, a shared screen by its key, a program by a token, or nobody."""

from dataclasses import dataclass

from starlette.requests import Request

from services.alerts.actor import Actor
from services.alerts.dashboard.access.cookies import DEVICE, FORM, SESSION, read_key
from services.alerts.people.devices import Device
from services.alerts.people.people import People
from services.alerts.people.rights import Right, rights_of
from services.alerts.people.secrets import form_token
from services.alerts.people.sessions import Session
from services.alerts.people.tokens import Token


@dataclass(frozen=True, slots=True)
class Visitor:
    """session, device, token: what the request carries that counts. form_key: what forms are bound to.

    device_key: of the device, for PINs on it.
    """

    session: Session | None = None
    device: Device | None = None
    token: Token | None = None
    form_key: str | None = None
    device_key: str | None = None
    address: str = ""

    @property
    def actor(self) -> Actor | None:
        """Who it is; a person before the device on which the person is."""
        for one in (self.token, self.session, self.device):
            if one is not None:
                return one.actor
        return None

    @property
    def rights(self) -> frozenset[Right]:
        """What this visitor may."""
        if self.actor is None:
            return frozenset()
        return rights_of(self.actor.role, self.token.scopes if self.token else frozenset())

    @property
    def form_token(self) -> str:
        """What a form for this visitor carries; empty where there is no key to bind it to."""
        return form_token(self.form_key) if self.form_key else ""

    def __repr__(self) -> str:
        return f"Visitor({self.actor.id if self.actor else 'nobody'})"


def visitor_of(request: Request) -> Visitor:
    """Whom the gate let through."""
    visitor: Visitor = request.state.visitor
    return visitor


def person_of(request: Request) -> tuple[Session, Actor]:
    """The person whom a rule that asks for a right of persons let through."""
    session = visitor_of(request).session
    if session is None:
        raise RuntimeError("a route for persons without a rule that asks for one")
    return session, session.actor


async def recognise(people: People, request: Request, tokens_count: bool) -> Visitor:
    """Whoever sent a request. A token counts alone, and only where tokens count: it comes with no cookie."""
    address = request.client.host if request.client else ""
    scheme, _, carried = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = await people.known_tokens.get(carried.strip()) if tokens_count else None
        return Visitor(token=token, address=address)
    device_key = read_key(request, DEVICE)
    device = await people.known_devices.get(device_key) if device_key else None
    session_key = read_key(request, SESSION)
    session = await people.sessions.find(session_key) if session_key else None
    if session is not None and session.device is not None and (device is None or device.id != session.device):
        session = None  # a person changed to on a shared device is there and nowhere else
    form_key = session_key if session is not None else read_key(request, FORM)
    return Visitor(session, device, None, form_key, device_key if device else None, address)


async def still_there(people: People, visitor: Visitor, request: Request) -> bool:
    """Whether whoever opened a lasting answer would still be let in.

    A ward's page that is open keeps its person signed in, so that no alarm vanishes for want of a touch; not on a
    shared device, which shows the ward after the person is gone as well.
    """
    if visitor.session is not None:
        used = visitor.session.device is None
        return await people.sessions.look(visitor.session.key, used) is not None
    if visitor.token is not None:
        carried = request.headers.get("authorization", "").partition(" ")[2].strip()
        return await people.known_tokens.get(carried) is not None
    return visitor.device_key is not None and await people.known_devices.get(visitor.device_key) is not None
