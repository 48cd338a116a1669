"""What each role may: the one table. Every route names the right that it needs (dashboard/access/rules.py)."""

from enum import StrEnum

from services.alerts.actor import Role
from services.alerts.people.tokens import TokenScope


class Right(StrEnum):
    """Something that may be allowed.

    ENTER: to be here at all. SEE: a ward's rooms, levels and alerts. LOOK_BACK: at them over days. ACT: on alerts.
    PLAN: care plans, by which a camera calls otherwise. CONSENT: consents, and times of care. CHAIN: the links from
    camera to ward. HANDLE: technical alarms. TECHNICAL: the state of the machines, no level. PEOPLE: accounts,
    sessions, devices, tokens. RECORDS: who read and did what. SELF: one's own.
    """

    ENTER = "enter"
    SEE = "see"
    LOOK_BACK = "look back"
    ACT = "act"
    PLAN = "plan"
    CONSENT = "consent"
    CHAIN = "chain"
    HANDLE = "handle"
    TECHNICAL = "technical"
    PEOPLE = "people"
    RECORDS = "records"
    SELF = "self"


_CARER = (Right.ENTER, Right.SEE, Right.LOOK_BACK, Right.ACT, Right.CHAIN, Right.HANDLE, Right.SELF)
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CARER: frozenset(_CARER),
    Role.NURSE: frozenset({*_CARER, Right.PLAN, Right.CONSENT}),
    Role.OVERSEER: frozenset(Right),
    Role.TECHNICIAN: frozenset({Right.ENTER, Right.CHAIN, Right.HANDLE, Right.TECHNICAL, Right.SELF}),
    Role.AUDITOR: frozenset({Right.ENTER, Right.RECORDS, Right.SELF}),
    Role.SCREEN: frozenset({Right.ENTER, Right.SEE, Right.CHAIN}),
    Role.PROGRAM: frozenset(),
}
"""A person's and a screen's. A program has what the scopes of its token say."""

SCOPE_RIGHTS: dict[TokenScope, Right] = {
    TokenScope.SEE: Right.SEE,
    TokenScope.LOOK_BACK: Right.LOOK_BACK,
    TokenScope.ACT: Right.ACT,
    TokenScope.TECHNICAL: Right.TECHNICAL,
}


def rights_of(role: Role, scopes: frozenset[TokenScope] = frozenset()) -> frozenset[Right]:
    """What a role may, and a program by the scopes of its token."""
    return RIGHTS[role] | {SCOPE_RIGHTS[one] for one in scopes}
