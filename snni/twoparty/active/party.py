"""One party of an active run: its channel, its Delta, random authenticated bits, openings with their check.

Bits come from correlated transfers in both directions (`snni.twoparty.ot`, secure against malicious parties): of a
transfer the receiver has choice b and t, the sender q, t = q XOR b Delta: b is authenticated under the sender's Delta.

Differs from the paper: openings are checked together by one digest a party, not one by one (as in its section 4, with
BLAKE2b); one public bit of each Delta is fixed, so that the two differ there (triples.py says what for).
"""

from __future__ import annotations

import hashlib
import os
from enum import Enum
from typing import Protocol

import numpy as np

from snni.errors import DeviationError
from snni.twoparty.active.blocks import Blocks, blocks_of, swapped, where
from snni.twoparty.active.shares import Shares
from snni.twoparty.nonlinear.ots import Checked
from snni.wire.channel import Channel
from snni.wire.packing import U8, Reader, pack, packed_bytes

NONCE, BITS, DIGEST, COMMIT, SEED, CODES = 0x50, 0x51, 0x52, 0x53, 0x54, 0x55
"""Frame tags of active runs: 0x50-0x5f."""


class Side(Enum):
    """The client moves first."""

    CLIENT = 0
    SERVER = 1


class CotSender(Checked, Protocol):
    def reveal_delta(self) -> U8:
        """Its Delta, uint8 [16]."""

    def cot(self, n: int) -> U8:
        """q, uint8 [n, 16]."""


class CotReceiver(Checked, Protocol):
    def cot(self, n: int) -> tuple[U8, U8]:
        """(choice bits uint8 [n], t uint8 [n, 16])."""


class Party:
    """Single session. Every method is called by both parties in the same order; any error ends it.

    Raises DeviationError where the other one does not follow the protocol, WireError and PeerError as channels do.
    """

    def __init__(self, side: Side, channel: Channel, sender: CotSender, receiver: CotReceiver) -> None:
        """sender: of the transfers that it sends, receiver: of the others; both are set up."""
        self.side = side
        self._channel, self._sender, self._receiver = channel, sender, receiver
        self._said, self._heard = hashlib.blake2b(digest_size=32), hashlib.blake2b(digest_size=32)
        self._opened = 0
        delta = blocks_of(sender.reveal_delta()[None])
        wanted = 1 - side.value
        places = [p for p in range(128) if int(delta[0, p // 64] >> np.uint64(p % 64)) & 1 == wanted]
        place = places[int.from_bytes(os.urandom(16), "little") % len(places)]
        self.delta: Blocks = swapped(delta, place)[0]
        nonce = os.urandom(16)
        theirs = self.exchange(NONCE, nonce + bytes([place]), 17)
        if len(theirs) != 17 or theirs[16] > 127:
            raise DeviationError("the other party names a bit of its Delta that there is not")
        self._places = place, theirs[16]
        both = nonce + bytes(theirs[:16]) if side is Side.CLIENT else bytes(theirs[:16]) + nonce
        starts = [hashlib.blake2b(both, digest_size=16, person=name).digest() for name in (b"client", b"server")]
        self.starts = tuple(np.frombuffer(starts[one], np.uint8) for one in (side.value, 1 - side.value))
        """Of hashes of its own keys, of the other's."""

    def exchange(self, tag: int, payload: bytes, limit: int) -> memoryview:
        """Both send one message, the client first. What the other one sent."""
        if self.side is Side.CLIENT:
            self._channel.send(tag, payload)
            return self._channel.recv(tag, limit)
        theirs = self._channel.recv(tag, limit)
        self._channel.send(tag, payload)
        return theirs

    def exchange_bits(self, bits: U8) -> U8:
        """Both send n bits, unchecked."""
        reader = Reader(self.exchange(BITS, _packed(bits), packed_bytes(bits.size, 1)))
        theirs = reader.bytes(bits.size, 1)
        reader.end()
        return theirs

    def random(self, n: int) -> Shares:
        """n random bits, shared, after the transfers' checks. Raises ConsistencyError."""
        own, other = self._places
        receiver, sender = self._receiver, self._sender
        if self.side is Side.CLIENT:
            bits, codes = receiver.cot(n)
            receiver.begin_check()
            receiver.exchange_challenge()
            keys = sender.cot(n)
            sender.begin_check()
            receiver.finish_check()
            sender.exchange_challenge()
            sender.finish_check()
        else:
            keys = sender.cot(n)
            sender.begin_check()
            sender.exchange_challenge()
            bits, codes = receiver.cot(n)
            receiver.begin_check()
            sender.finish_check()
            receiver.exchange_challenge()
            receiver.finish_check()
        return Shares(bits, swapped(blocks_of(codes), other), swapped(blocks_of(keys), own))

    def plus(self, x: Shares, public: U8) -> Shares:
        """x XOR public bits [n]: the client changes its own bit, the server the key."""
        if self.side is Side.CLIENT:
            return Shares(x.bits ^ public, x.codes, x.keys)
        return Shares(x.bits, x.codes, x.keys ^ where(public, self.delta))

    def open(self, x: Shares) -> U8:
        """The bits, to both. Not to be relied upon until ``check`` has passed."""
        theirs = self.exchange_bits(x.bits)
        self._note(x, theirs)
        return x.bits ^ theirs

    def open_to(self, side: Side, x: Shares) -> U8:
        """The bits, to one party, checked at once; to the other zeros.

        Raises DeviationError: the other party's bits or codes are none that it has.
        """
        self.check()
        if self.side is side:
            reader = Reader(self._channel.recv(BITS, packed_bytes(len(x), 1)))
            theirs = reader.bytes(len(x), 1)
            reader.end()
            said = bytes(self._channel.recv(CODES, 32))
            if said != _digest(x.keys ^ where(theirs, self.delta)):
                raise DeviationError("the other party opened a bit that it does not hold")
            return x.bits ^ theirs
        self._channel.send(BITS, _packed(x.bits))
        self._channel.send(CODES, _digest(x.codes))
        return np.zeros(len(x), np.uint8)

    def input(self, side: Side, bits: U8) -> Shares:
        """Bits [n] that one party has, shared; the other one's are not looked at."""
        random = self.random(bits.size)
        if self.side is side:
            masked = bits ^ random.bits
            self._channel.send(BITS, _packed(masked))
            return Shares(bits, random.codes, np.zeros_like(random.keys))
        reader = Reader(self._channel.recv(BITS, packed_bytes(bits.size, 1)))
        masked = reader.bytes(bits.size, 1)
        reader.end()
        keys = random.keys ^ where(masked, self.delta)
        return Shares(np.zeros_like(masked), np.zeros_like(random.codes), keys)

    def _note(self, x: Shares, theirs: U8) -> None:
        self._said.update(x.codes.tobytes())
        self._heard.update((x.keys ^ where(theirs, self.delta)).tobytes())
        self._opened += len(x)

    def check(self) -> None:
        """All that was opened so far was what the parties hold. Raises DeviationError."""
        said = bytes(self.exchange(DIGEST, self._said.digest(), 32))
        if said != self._heard.digest():
            raise DeviationError("the other party opened a bit that it does not hold")

    def same(self, blocks: Blocks) -> None:
        """Both hold the same blocks; neither learns the other's before it is bound to its own.

        Raises DeviationError: they differ.
        """
        own, salt = _digest(blocks), os.urandom(16)
        if self.side is Side.CLIENT:
            self._channel.send(COMMIT, hashlib.blake2b(salt + own, digest_size=32).digest())
            theirs = bytes(self._channel.recv(DIGEST, 32))
            self._channel.send(SEED, salt + own)
        else:
            commitment = bytes(self._channel.recv(COMMIT, 32))
            self._channel.send(DIGEST, own)
            opened = bytes(self._channel.recv(SEED, 48))
            if len(opened) != 48 or hashlib.blake2b(opened, digest_size=32).digest() != commitment:
                raise DeviationError("the other party opened another commitment than it made")
            theirs = opened[16:]
        if theirs != own:
            raise DeviationError("what both parties must hold equal differs")

    def coin(self) -> bytes:
        """Sixteen bytes that neither party can choose (Blum, 1981). Raises DeviationError."""
        own = os.urandom(32)
        if self.side is Side.CLIENT:
            self._channel.send(COMMIT, hashlib.blake2b(own, digest_size=32).digest())
            theirs = bytes(self._channel.recv(SEED, 32))
            self._channel.send(SEED, own)
            pair = own + theirs
        else:
            commitment = bytes(self._channel.recv(COMMIT, 32))
            self._channel.send(SEED, own)
            theirs = bytes(self._channel.recv(SEED, 32))
            if len(theirs) != 32 or hashlib.blake2b(theirs, digest_size=32).digest() != commitment:
                raise DeviationError("the other party opened another commitment than it made")
            pair = theirs + own
        return hashlib.blake2b(pair, digest_size=16, person=b"coin").digest()


def _digest(blocks: Blocks) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(blocks).tobytes(), digest_size=32).digest()


def _packed(bits: U8) -> bytes:
    return pack(np.ascontiguousarray(bits), 1)
