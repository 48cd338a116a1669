"""What one server has to prove and verify by, and who of the three takes which side of a proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from snni.multiparty.keys import PairKey
from snni.multiparty.prove.sides import Drawing, Prover, Side
from snni.multiparty.prove.sides import Told as ToldSide
from snni.multiparty.roles import EVALUATORS, Role
from snni.wire.channel import Channel

TOLD = {Role.DEALER: Role.SECOND, Role.FIRST: Role.DEALER, Role.SECOND: Role.DEALER}
"""By who proves, the verifier that is told."""
SERVERS = (Role.DEALER, *EVALUATORS)


@dataclass(frozen=True)
class Ends:
    """What one server has to prove and verify by: a key in common with either other, and a channel to it."""

    role: Role
    keys: Mapping[Role, PairKey]
    channels: Mapping[Role, Channel]

    def side(self, prover: Role, number: int) -> Side:
        """This server's side of what ``prover`` proves of run ``number``."""
        told = TOLD[prover]
        (drawing,) = (role for role in SERVERS if role not in (prover, told))
        name = prover.value.encode()
        if self.role is prover:
            streams = {role: self.keys[role].proof(number, b"proof " + name) for role in (told, drawing)}
            return Prover(self.channels[told], self.channels[drawing], streams[drawing], streams[told])
        other = drawing if self.role is told else told
        shares = self.keys[prover].proof(number, b"proof " + name)
        challenges = self.keys[other].proof(number, b"asked " + name)
        kind = ToldSide if self.role is told else Drawing
        return kind(self.channels[prover], self.channels[other], shares, challenges)
