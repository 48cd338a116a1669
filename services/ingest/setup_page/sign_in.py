"""Whom the set-up page lets in: who shows the token that switched it on, until another one does."""

from __future__ import annotations

import hmac
import secrets
from collections import Counter

from services.ingest.setup_page.switch import Switch

WRONG_TRIES = 10
"""Of one address; then nobody there is let in until the token's file is written anew."""
WRONG_IN_ALL = 200
"""Then nobody is, wherever. Of a token of 16 characters so many guesses are none."""


class SignIn:
    """The technician's sessions, in memory; they end with the page."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._wrong: Counter[str] = Counter()
        self._counted = 0
        """When the token was written that the wrong tries were of."""
        self._sessions: dict[str, int] = {}

    def sign_in(self, token: str, address: str = "") -> str | None:
        """A session's secret for who shows the token; None for others. address: where they are."""
        key = self._switch.key()
        if key is None:
            return None
        if self._counted != key.written:
            self._counted = key.written
            self._wrong.clear()
        shut = self._wrong[address] >= WRONG_TRIES or self._wrong.total() >= WRONG_IN_ALL
        if shut or not hmac.compare_digest(token.encode(), key.token.encode()):
            if not shut:
                self._wrong[address] += 1
            return None
        session = secrets.token_urlsafe(32)
        self._sessions = {one: of for one, of in self._sessions.items() if of == key.written} | {session: key.written}
        return session

    def signed_in(self, session: str) -> bool:
        """Whether the session was let in by the token that holds now."""
        key = self._switch.key()
        return key is not None and self._sessions.get(session) == key.written
