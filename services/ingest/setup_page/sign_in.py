"""Whom the set-up page lets in: who shows the token that switched it on, until another one does."""

from __future__ import annotations

import hmac
import secrets

from services.ingest.setup_page.switch import Switch

WRONG_TRIES = 10
"""Then nobody is let in until the token's file is written anew."""


class SignIn:
    """The technician's sessions, in memory; they end with the page."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._wrong: tuple[int, int] = (0, 0)
        self._sessions: dict[str, int] = {}

    def sign_in(self, token: str) -> str | None:
        """A session's secret for who shows the token; None for others."""
        key = self._switch.key()
        if key is None:
            return None
        written, wrong = self._wrong if self._wrong[0] == key.written else (key.written, 0)
        if wrong >= WRONG_TRIES or not hmac.compare_digest(token.encode(), key.token.encode()):
            self._wrong = written, wrong + 1
            return None
        session = secrets.token_urlsafe(32)
        self._sessions = {one: of for one, of in self._sessions.items() if of == key.written} | {session: key.written}
        return session

    def signed_in(self, session: str) -> bool:
        """Whether the session was let in by the token that holds now."""
        key = self._switch.key()
        return key is not None and self._sessions.get(session) == key.written
