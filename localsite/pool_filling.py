"""A room's pool of prepared secure inferences: until it is full, and what one more takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from localsite.service import Service

POOL_TARGET = 3
POOL_TIMEOUT_S = 600.0
"""How long the first correlations may take: far longer than they do, because a machine may be busy."""


def wait_full(client: Service, say: Callable[[str], None]) -> float:
    """Until snni_client's pool is full; the seconds that one more inference's preparation takes.

    say: told how many are ready, as that changes. Raises ProcessError: not within POOL_TIMEOUT_S.
    """
    shown = -1

    def full() -> bool | None:
        nonlocal shown
        made = sum(event["event"] == "made" for event in client.events())
        if made != shown:
            say(f"preparing secure inferences: {min(made, POOL_TARGET)} of {POOL_TARGET} ready")
        shown = made
        return made >= POOL_TARGET or None

    client.wait_for("full pool", full, POOL_TIMEOUT_S)
    return _refill_s(client)


def _refill_s(client: Service) -> float:
    """Measured over what fills the pool, which bears its batch's whole linear phase: no less than one more takes."""
    made = [datetime.fromisoformat(event["ts"]).timestamp() for event in client.events() if event["event"] == "made"]
    return (made[-1] - made[0]) / max(1, len(made) - 1)
