"""How long a session may live. Then a new one draws everything anew (Delta, the RLWE secret, seeds) and looks at
certificates again; an old one is never prolonged.
"""

from __future__ import annotations

from dataclasses import dataclass

RENEWED_AT = 0.9
"""Of its lifetime: when a client has a session's successor made, so that the server never has to end one."""


@dataclass(frozen=True)
class Lifetime:
    """LOCAL to each party. age_s: of a session. transfers: that one direction, under one Delta, gives out."""

    age_s: float = 12 * 3600.0
    transfers: int = 1 << 38

    def spent(self, age_s: float, transfers: int, share: float = 1.0) -> bool:
        """Whether so much is more than this share of it."""
        return age_s >= share * self.age_s or transfers >= share * self.transfers
