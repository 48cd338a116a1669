"""Who may: one rule for every route. A route without a rule, and a rule without a route, fail at the start.

Rules are checked before a route's own code runs (gate.py). tests/services/alerts/dashboard/access/ makes its tests of
roles, scopes, forms and ended sessions from this table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from starlette.routing import BaseRoute, Mount

from services.alerts.people.rights import Right
from services.alerts.records.access_log import Kind


class Scope(Enum):
    """What a route is about; out of the visitor's wards it is not there (404), as if it did not exist.

    WARD, ALERT, ACCOUNT, DEVICE, TOKEN, SESSION: by the path's part of that name; WARD also by the query's. PLAN,
    FAULT: by the ward with which the path's "scope" or "key" begins; a fault of the service itself is everybody's.
    """

    NONE = auto()
    WARD = auto()
    ALERT = auto()
    PLAN = auto()
    FAULT = auto()
    ACCOUNT = auto()
    DEVICE = auto()
    TOKEN = auto()
    SESSION = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """right: what it takes; None is open to everybody. what: its word in the records.

    kind: how it stands in the records, None where it does not. page: for people, who are led to sign in, and who come
    with cookies; else for programs too, which are answered 401 and may carry a token. secret: its path holds a key,
    which stands in no record.
    """

    right: Right | None
    what: str
    kind: Kind | None = None
    scope: Scope = Scope.NONE
    page: bool = True
    secret: bool = False


class RulesIncomplete(Exception):
    """Routes without a rule, or rules without a route: they are named."""


def _api(right: Right, what: str, kind: Kind | None = None, scope: Scope = Scope.NONE) -> Rule:
    return Rule(right, what, kind, scope, page=False)


RULES: dict[tuple[str, str], Rule] = {
    ("GET", "/"): Rule(Right.ENTER, "first page", Kind.READ),
    ("GET", "/ward/{ward}"): Rule(Right.SEE, "ward page", Kind.READ, Scope.WARD),
    ("GET", "/ward/{ward}/chain"): Rule(Right.CHAIN, "chain page", Kind.READ, Scope.WARD),
    ("GET", "/ward/{ward}/room/{room}"): Rule(Right.LOOK_BACK, "room's days", Kind.READ, Scope.WARD),
    ("GET", "/ward/{ward}/history"): Rule(Right.LOOK_BACK, "history", Kind.READ, Scope.WARD),
    ("GET", "/ward/{ward}/history.csv"): _api(Right.LOOK_BACK, "history's table", Kind.READ, Scope.WARD),
    ("GET", "/ward/{ward}/reports"): Rule(Right.LOOK_BACK, "report", Kind.READ, Scope.WARD),
    ("GET", "/ward/{ward}/reports/{table}.csv"): _api(Right.LOOK_BACK, "report's table", Kind.READ, Scope.WARD),
    ("GET", "/ward/{ward}/consents"): Rule(Right.ACT, "consents page", Kind.READ, Scope.WARD),
    ("GET", "/ward/{ward}/settings"): Rule(Right.ACT, "settings page", Kind.READ, Scope.WARD),
    ("GET", "/events"): _api(Right.SEE, "ward events", Kind.READ, Scope.WARD),
    ("GET", "/api/v1/ward/{ward}"): _api(Right.SEE, "ward snapshot", Kind.READ, Scope.WARD),
    ("GET", "/api/v1/alerts"): _api(Right.SEE, "alerts", Kind.READ),
    ("POST", "/api/v1/alerts/{alert}/{verb}"): _api(Right.ACT, "act on alert", Kind.ACT, Scope.ALERT),
    ("POST", "/api/v1/wards/{ward}/sound/{verb}"): _api(Right.ACT, "ward's sound", Kind.ACT, Scope.WARD),
    ("POST", "/api/v1/wards/{ward}/rooms/{room}/{verb}"): _api(Right.ACT, "room's alarms", Kind.ACT, Scope.WARD),
    ("GET", "/api/v1/wards/{ward}/plans"): _api(Right.SEE, "care plans", Kind.READ, Scope.WARD),
    ("POST", "/api/v1/plans/{scope:path}"): _api(Right.PLAN, "set care plan", Kind.ACT, Scope.PLAN),
    ("POST", "/api/v1/consents/{scope:path}"): _api(Right.CONSENT, "record consent", Kind.ACT, Scope.PLAN),
    ("POST", "/api/v1/care-times/{scope:path}"): _api(Right.CONSENT, "set times of care", Kind.ACT, Scope.PLAN),
    ("POST", "/api/v1/pauses/{scope:path}"): _api(Right.ACT, "pause camera", Kind.ACT, Scope.PLAN),
    ("POST", "/api/v1/faults/{key:path}/{verb}"): _api(Right.HANDLE, "technical alarm", Kind.ACT, Scope.FAULT),
    ("GET", "/api/v1/rejected"): _api(Right.TECHNICAL, "rejected messages"),
    ("GET", "/api/v1/openapi.json"): Rule(None, "description of the API", page=False),
    ("POST", "/language"): Rule(None, "choose language"),
    ("GET", "/sign-in"): Rule(None, "sign-in page"),
    ("POST", "/sign-in"): Rule(None, "sign in"),
    ("GET", "/link/{key}"): Rule(None, "link page", secret=True),
    ("POST", "/link/{key}"): Rule(None, "sign in by link", secret=True),
    ("GET", "/provider"): Rule(None, "to the provider"),
    ("GET", "/provider/back"): Rule(None, "from the provider"),
    ("POST", "/sign-out"): Rule(Right.SELF, "sign out", Kind.SIGN_IN),
    ("GET", "/change"): Rule(Right.ENTER, "change page"),
    ("POST", "/change"): Rule(Right.ENTER, "change person"),
    ("GET", "/me"): Rule(Right.SELF, "own page"),
    ("POST", "/me/password"): Rule(Right.SELF, "change password", Kind.ACT),
    ("POST", "/me/pin"): Rule(Right.SELF, "set PIN", Kind.ACT),
    ("GET", "/people"): Rule(Right.PEOPLE, "people page", Kind.READ),
    ("POST", "/people/accounts"): Rule(Right.PEOPLE, "add account", Kind.ACT),
    ("POST", "/people/accounts/{account}/link"): Rule(Right.PEOPLE, "make link", Kind.ACT, Scope.ACCOUNT),
    ("POST", "/people/accounts/{account}/change"): Rule(Right.PEOPLE, "change account", Kind.ACT, Scope.ACCOUNT),
    ("POST", "/people/accounts/{account}/end"): Rule(Right.PEOPLE, "end account", Kind.ACT, Scope.ACCOUNT),
    ("POST", "/people/sessions/{session}/end"): Rule(Right.PEOPLE, "end session", Kind.ACT, Scope.SESSION),
    ("POST", "/people/devices"): Rule(Right.PEOPLE, "register device", Kind.ACT),
    ("POST", "/people/devices/{device}/end"): Rule(Right.PEOPLE, "end device", Kind.ACT, Scope.DEVICE),
    ("POST", "/people/tokens"): Rule(Right.PEOPLE, "make token", Kind.ACT),
    ("POST", "/people/tokens/{token}/end"): Rule(Right.PEOPLE, "end token", Kind.ACT, Scope.TOKEN),
    ("GET", "/receivers"): Rule(Right.TECHNICAL, "receivers page", Kind.READ),
    ("POST", "/receivers/{receiver}/test"): Rule(Right.TECHNICAL, "test receiver", Kind.ACT),
    ("GET", "/records"): Rule(Right.RECORDS, "records page", Kind.READ),
}
STATIC = "/static"
"""What the page loads: the same for everybody, and open."""


def require_rules(routes: Sequence[BaseRoute], ruled: type[BaseRoute]) -> None:
    """Every route is of the ruled kind and has a rule, and every rule a route. Raises RulesIncomplete."""
    found: set[tuple[str, str]] = set()
    strange: list[str] = []
    for route in routes:
        if isinstance(route, ruled):
            found |= {(method, route.path) for method in route.methods}  # type: ignore[attr-defined]
        elif not (isinstance(route, Mount) and route.path == STATIC):
            strange.append(f"{route} is not checked by any rule")
    strange += [f"{method} {path} has no rule" for method, path in sorted(found - RULES.keys())]
    strange += [f"{method} {path} has a rule and is no route" for method, path in sorted(RULES.keys() - found)]
    if strange:
        raise RulesIncomplete("; ".join(strange))
