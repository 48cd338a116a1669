"""Who is on: people who are signed in and may answer alerts, by ward, as the sessions say it every few seconds."""

from services.alerts.people.rights import Right, rights_of
from services.alerts.people.sessions import Session, Sessions

LOOK_S = 5.0


class OnDuty:
    """What the last look found. Nobody, before it."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._found: list[Session] = []

    async def look(self) -> None:
        """Read the sessions. For a timer."""
        self._found = await self._sessions.all()

    def names(self, ward: str) -> tuple[str, ...]:
        """Whoever may act on a ward's alerts, by name, each person once."""
        actors = [one.actor for one in self._found]
        able = [one for one in actors if one.sees(ward) and Right.ACT in rights_of(one.role)]
        return tuple(sorted({one.id: one.name for one in able}.values(), key=str.casefold))
