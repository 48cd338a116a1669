"""What a session runs with. LOCAL knobs are a party's own; AGREED ones must be equal, and the handshake hashes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from snni.errors import HandshakeError, ParameterError
from snni.model.plan import Plan
from snni.session.lifetime import Lifetime
from snni.twoparty.ot.params import ExtensionName
from snni.twoparty.session.handshake import MAX_AUDIT, agreed_digest
from snni.twoparty.suite import TwoPartySuite

Listener = Callable[[str, int], None]
"""(event, correlation number): linear_started, linear_made, nonlinear_started, made, claimed, online, burnt."""


@dataclass(frozen=True)
class ServerLimits:
    """LOCAL to the server: what it lets one client, and all clients, make it hold.

    max_handshakes: connections that belong to no session yet, so many of them from one address. lifetime: of a session.
    max_inferences_per_day: of one client, by its SPIFFE id, whatever sessions it has. message_timeout_s: longest wait
    for a message within bulk work or an inference. idle_timeout_s: longest silence of a control stream. ot: the
    oblivious transfers it offers; a client asks for one. audit: B, it asks to be shown one unit of B of what clients
    prepare; 0: none. max_unanswered: of a client's audits in a day; one more locks it out.
    """

    max_sessions: int = 8
    max_sessions_per_client: int = 4
    max_handshakes: int = 32
    max_handshakes_per_address: int = 8
    lifetime: Lifetime = field(default_factory=Lifetime)
    max_inferences_per_day: int = 100_000
    max_batch: int = 8
    max_prepared: int = 4
    allow_scores: bool = False
    handshake_timeout_s: float = 10.0
    message_timeout_s: float = 60.0
    idle_timeout_s: float = 30.0
    ot: tuple[ExtensionName, ...] = ("ferret",)
    audit: int = 0
    max_unanswered: int = 8

    def __post_init__(self) -> None:
        if self.audit and not 2 <= self.audit <= MAX_AUDIT:
            raise ParameterError(f"audit {self.audit}: 0, or 2 to {MAX_AUDIT}")


def check_offered(asked: str, offered: Sequence[str]) -> None:
    """Raises HandshakeError, saying what to set, when the client asks for transfers that the server does not offer."""
    if asked not in offered:
        names = " or ".join(offered)
        raise HandshakeError(
            "ot",
            f"the client asks for {asked} transfers, the server offers {names}: set ot={offered[0]} at the client, "
            f"or let the server offer {asked}",
        )


def agreement(
    plan: Plan, suite: TwoPartySuite, *, scores: bool, video: tuple[int, int] | None = None, audit: int = 0
) -> str:
    """Digest of every AGREED parameter. video: frames, and how many of them are selected. audit: Welcome's."""
    return agreed_digest(plan.plan_hash, scores, suite.agreed | {"video": video and list(video), "audit": audit})
