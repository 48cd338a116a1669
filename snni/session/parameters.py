"""What a session runs with. LOCAL knobs are a party's own; AGREED ones must be equal, and the handshake hashes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from snni.nonlinear.compare import SLOT_BITS
from snni.ot import OtParams
from snni.plan import Plan
from snni.session.handshake import agreed_digest

Listener = Callable[[str, int], None]
"""(event, correlation number): linear_started, linear_made, nonlinear_started, made, claimed, online, burnt."""

OT_EXTENSION = "softspoken"
OT_PARAMS = OtParams()


@dataclass(frozen=True)
class ServerLimits:
    """LOCAL to the server: what it lets one client, and all clients, make it hold.

    max_handshakes: connections that belong to no session yet. message_timeout_s: longest wait for a message within
    bulk work or an inference. idle_timeout_s: longest silence of a control stream.
    """

    max_sessions: int = 8
    max_sessions_per_client: int = 4
    max_handshakes: int = 32
    max_batch: int = 8
    max_prepared: int = 4
    allow_scores: bool = False
    handshake_timeout_s: float = 10.0
    message_timeout_s: float = 60.0
    idle_timeout_s: float = 30.0


def agreement(plan: Plan, *, scores: bool) -> str:
    """Digest of every AGREED parameter."""
    parameters: dict[str, object] = {
        "ot": OT_EXTENSION,
        "ot_field_bits": OT_PARAMS.k,
        "ot_chunk": OT_PARAMS.chunk,
        "slot_bits": SLOT_BITS,
        "comparison": "leaf",
    }
    return agreed_digest(plan.plan_hash, scores, parameters)
