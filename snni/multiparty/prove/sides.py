"""Who proves and who verifies: one of the three servers to the other two, of whom one is told and one draws.

Every pair of servers has a key in common. The prover's shares for the one verifier are drawn by both of them; the
other verifier is told the rest. Challenges are drawn by the verifiers' common key, so that the prover cannot know
one, and the verifier that is told gives it to the prover only when it was told what the challenge is about. Before
the prover gives anything that depends on challenges in the clear it hears from the other verifier that they were the
right ones."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from snni.errors import DeviationError
from snni.multiparty.keys import DealtStream
from snni.multiparty.prove.algebra import U64, drawn
from snni.wire.channel import Channel

PROOF = 0x66  # frame tag, from who proves to the verifier that is told
CHALLENGE = 0x67  # frame tag, back; and from the other verifier the hash of all
OPENED = 0x68  # frame tag, from who proves to either verifier: hash of what they are to open
BETWEEN = 0x69  # frame tag, between verifiers
HASH_BYTES = 32


class _Challenges:
    """What was drawn, hashed."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=HASH_BYTES)

    def add(self, values: U64) -> U64:
        self._hash.update(values.tobytes())
        return values

    def digest(self) -> bytes:
        return self._hash.digest()


@dataclass(frozen=True)
class Prover:
    """told, drawing: channels to the verifiers. second: the stream in common with the one that is told, first: with the
    other."""

    told: Channel
    drawing: Channel
    first: DealtStream
    second: DealtStream
    _challenges: _Challenges = field(default_factory=_Challenges)

    def say(self, values: U64) -> None:
        """The share of the verifier that is told."""
        self.told.send(PROOF, values.tobytes())

    def challenge(self, count: int) -> U64:
        return self._challenges.add(_words(self.told.recv(CHALLENGE, 8 * count), count))

    def confirm(self) -> None:
        """Hear that the challenges were those that both verifiers drew. Raises DeviationError."""
        digest = bytes(self.drawing.recv(CHALLENGE, HASH_BYTES))
        if not hmac.compare_digest(digest, self._challenges.digest()):
            raise DeviationError("a challenge that the other verifier did not draw")

    def will_open(self, values: U64) -> None:
        """Tell both what they will open between them."""
        for channel in (self.told, self.drawing):
            channel.send(OPENED, _digest(values))


class _Verifying:
    """What both verifiers do. prover, other: channels."""

    prover: Channel
    other: Channel

    def hear_opened(self, values: U64) -> None:
        """Raises DeviationError: the other's share is not what the prover expects."""
        if not hmac.compare_digest(bytes(self.prover.recv(OPENED, HASH_BYTES)), _digest(values)):
            raise DeviationError("what verifiers opened is not what was proved of")

    def give(self, values: U64) -> None:
        self.other.send(BETWEEN, values.tobytes())

    def take(self, count: int) -> U64:
        return _words(self.other.recv(BETWEEN, 8 * count), count)


@dataclass(frozen=True)
class Drawing(_Verifying):
    """The verifier that draws its part. shares: in common with the prover, challenges: with the other verifier."""

    prover: Channel
    other: Channel
    shares: DealtStream
    challenges: DealtStream
    _heard: _Challenges = field(default_factory=_Challenges)

    def hear(self, count: int) -> U64:
        return drawn(self.shares, count)

    def challenge(self, count: int) -> U64:
        return self._heard.add(drawn(self.challenges, count))

    def confirm(self) -> None:
        """Tell the prover."""
        self.prover.send(CHALLENGE, self._heard.digest())

    def exchange(self, values: U64) -> U64:
        """The other's of the same length."""
        self.give(values)
        return self.take(values.size)


@dataclass(frozen=True)
class Told(_Verifying):
    """The verifier that is told."""

    prover: Channel
    other: Channel
    shares: DealtStream
    challenges: DealtStream

    def hear(self, count: int) -> U64:
        return _words(self.prover.recv(PROOF, 8 * count), count)

    def challenge(self, count: int) -> U64:
        values = drawn(self.challenges, count)
        self.prover.send(CHALLENGE, values.tobytes())
        return values

    def confirm(self) -> None:
        """The other does."""

    def exchange(self, values: U64) -> U64:
        theirs = self.take(values.size)
        self.give(values)
        return theirs


Verifier = Drawing | Told
Side = Prover | Drawing | Told


def _digest(values: U64) -> bytes:
    return hashlib.blake2b(values.tobytes(), digest_size=HASH_BYTES).digest()


def _words(payload: memoryview[Any], count: int) -> U64:
    if len(payload) != 8 * count:
        raise DeviationError("a proof's message of another length")
    return np.frombuffer(payload, np.uint64).copy()
