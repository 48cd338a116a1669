"""What each role may: the one table. Every route names the right that it needs (dashboard/access/rules.py)."""

from enum import StrEnum

from services.alerts.actor import Role
from services.alerts.people.tokens import TokenScope


class Right(StrEnum):
    """Something that may be allowed.

    SEE: a ward's rooms, levels and alerts. ACT: on alerts. TECHNICAL: the state of the machines, no level. PEOPLE:
    accounts, sessions, devices, tokens. RECORDS: who read and did what. SELF: what is one's own.
    """

    SEE = "see"
    ACT = "act"
    TECHNICAL = "technical"
    PEOPLE = "people"
    RECORDS = "records"
    SELF = "self"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CARER: frozenset({Right.SEE, Right.ACT, Right.SELF}),
    Role.NURSE: frozenset({Right.SEE, Right.ACT, Right.SELF}),
    Role.OVERSEER: frozenset(Right),
    Role.TECHNICIAN: frozenset({Right.TECHNICAL, Right.SELF}),
    Role.AUDITOR: frozenset({Right.RECORDS, Right.SELF}),
    Role.SCREEN: frozenset({Right.SEE}),
    Role.PROGRAM: frozenset(),
}
"""A program has what the scopes of its token say."""

SCOPE_RIGHTS: dict[TokenScope, Right] = {
    TokenScope.SEE: Right.SEE,
    TokenScope.ACT: Right.ACT,
    TokenScope.TECHNICAL: Right.TECHNICAL,
}
