"""Whether what a route is about lies in a visitor's wards."""

from collections.abc import Collection

from starlette.requests import Request

from services.alerts.actor import Actor
from services.alerts.dashboard.access.rules import Scope
from services.alerts.people.errors import UnknownPerson
from services.alerts.people.people import People
from services.alerts.policy.faults import SERVICE
from services.alerts.state.ward_state import WardState

BEGINNINGS = {Scope.PLAN: "scope", Scope.FAULT: "key"}
"""Parts of paths that begin with a ward."""


class Scopes:
    """Looks up what a request names. wards: of the site."""

    def __init__(self, people: People, ward_state: WardState, wards: Collection[str]) -> None:
        self._people = people
        self._ward_state = ward_state
        self._wards = frozenset(wards)

    async def holds(self, actor: Actor, scope: Scope, request: Request) -> bool:
        """Whether it is there, and the actor's. Raises RecordsUnavailable."""
        if scope is Scope.NONE:
            return True
        if scope is Scope.WARD:
            ward = request.path_params.get("ward") or request.query_params.get("ward", "")
            return ward in self._wards and actor.sees(ward)
        if scope in BEGINNINGS:
            ward = _beginning(scope, request)
            ours = scope is Scope.FAULT and ward == SERVICE
            return ours or (ward in self._wards and actor.sees(ward))
        if scope is Scope.ALERT:
            return actor.sees(self._ward_of_alert(request.path_params["alert"]))
        found, wards = await self._owner(scope, request)
        return found and actor.covers(wards)

    def ward_named(self, scope: Scope, request: Request) -> str | None:
        """The ward that a request is about, for the records."""
        if scope is Scope.WARD:
            return request.path_params.get("ward") or request.query_params.get("ward")
        if scope in BEGINNINGS:
            return _beginning(scope, request)
        return self._ward_of_alert(request.path_params["alert"]) or None if scope is Scope.ALERT else None

    def _ward_of_alert(self, alert: str) -> str:
        """The ward of an alert. One that nobody knows is in none; those who see every ward are told that themselves."""
        known = (*self._ward_state.open_alerts(), *self._ward_state.history)
        return next((one.camera.split("/")[0] for one in known if one.id == alert), "")

    async def _owner(self, scope: Scope, request: Request) -> tuple[bool, tuple[str, ...] | None]:
        part = request.path_params[scope.name.lower()]
        if scope is Scope.ACCOUNT:
            try:
                return True, (await self._people.accounts.by_id(part)).wards
            except UnknownPerson:
                return False, ()
        if scope is Scope.SESSION:
            session = await self._people.sessions.look(part)
            return session is not None, session.actor.wards if session else ()
        things = await (self._people.devices if scope is Scope.DEVICE else self._people.tokens).all()
        thing = next((one for one in things if one.id == part), None)
        return thing is not None, thing.wards if thing else ()


def _beginning(scope: Scope, request: Request) -> str:
    return str(request.path_params[BEGINNINGS[scope]]).split("/")[0]
