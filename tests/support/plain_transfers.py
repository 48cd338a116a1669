"""Both extensions' cheating parties, and the checks, in plain Python: what the native parties must agree with."""

from __future__ import annotations

import hashlib
import struct

import numpy as np

from snni.twoparty import _ot

ISA = _ot.isas()[-1]
MODULUS = (1 << 128) | 0x87
WIRE_VERSION = 3
KIND_COT, KIND_CHECK = 0, 5
SOFTSPOKEN_CHALLENGE, SOFTSPOKEN_VALUES, FERRET_CHALLENGE, FERRET_VALUES = 3, 4, 6, 7
STRIPE = _ot.STRIPE_BLOCKS


def element(block: np.ndarray | bytes) -> int:
    """A block as an element of GF(2^128)."""
    return int.from_bytes(bytes(block), "little")


def block(value: int) -> np.ndarray:
    return np.frombuffer(value.to_bytes(16, "little"), np.uint8)


def times(a: int, b: int) -> int:
    """The product in GF(2^128), bit by bit."""
    out = 0
    for bit in range(128):
        out ^= (a << bit) * (b >> bit & 1)
    for bit in range(255, 127, -1):
        out ^= (MODULUS << (bit - 128)) * (out >> bit & 1)
    return out


def evaluate(chi: int, blocks: np.ndarray) -> int:
    """XOR_i blocks[i] chi^(n - i), by Horner's rule."""
    out = 0
    for one in blocks:
        out = times(out ^ element(one), chi)
    return out


def power(chi: int, exponent: int) -> int:
    out = 1
    for _ in range(exponent):
        out = times(out, chi)
    return out


def digest(purpose: int, direction: int, index: int, body: bytes) -> bytes:
    return hashlib.blake2b(struct.pack("<BBQ", purpose, direction, index) + body, digest_size=32).digest()


def extend_header(parameter: int, kind: int, n: int, first: int) -> bytes:
    return struct.pack("<BBBBIQ", WIRE_VERSION, parameter, kind, 0, n, first)


class Chain:
    """The transcript whose links are the checks' coefficients."""

    def __init__(self, purpose: int, direction: int, start: bytes) -> None:
        self.purpose, self.direction, self._link, self._parts = purpose, direction, start + bytes(16), 0

    def absorb(self, part: bytes) -> int:
        self._link = digest(self.purpose, self.direction, self._parts, self._link + part)
        self._parts += 1
        return element(self._link[:16])


def start_of(direction: int, offer: bytes, reply: bytes) -> bytes:
    """The public digest of a set-up's messages."""
    return hashlib.blake2b(bytes([2, direction]) + bytes(8) + offer[4:] + reply[4:], digest_size=16).digest()


def ferret_pair(seed: int, lpn: int, direction: int = 1) -> tuple[PlainSender, _ot.FerretSender, _ot.FerretReceiver]:
    """A native pair set up with fixed randomness, and the sender's plain model with the same base."""
    seeds = np.full(16, seed, np.uint8), np.full(16, seed + 1, np.uint8)
    receiver = _ot.FerretReceiver(lpn, 4, direction, seeds[1])
    sender = _ot.FerretSender(lpn, 4, direction, seeds[0])
    softspoken = _ot.Sender(4, direction, seeds[0], lpn)
    offer = receiver.offer()
    reply = sender.reply(offer)
    assert np.array_equal(softspoken.reply(offer), reply)
    trees = receiver.trees(reply)
    sender.accept_trees(trees)
    split = len(trees) - _ot.ferret_base_bytes(lpn, 4)
    q = np.empty((_ot.lpn_set(lpn)["base"], 16), np.uint8)
    softspoken.accept_trees(trees[:split])
    softspoken.cot(trees[split : len(trees) - _ot.proof_bytes(4)], q)
    q[:, 0] &= 0xFE
    start = start_of(direction, offer.tobytes(), reply.tobytes())
    return PlainSender(lpn, direction, q, softspoken.reveal_delta(), (start, trees.tobytes())), sender, receiver


def noise_of(seed: int, lpn: int, tree: int, direction: int = 1) -> int:
    """Where the receiver of `ferret_pair` has the noise of a tree of its first iteration."""
    seeds, one = (np.full(16, seed, np.uint8), np.full(16, seed + 1, np.uint8)), _ot.lpn_set(lpn)
    sender, receiver = _ot.Sender(4, direction, seeds[0], lpn), _ot.Receiver(4, direction, seeds[1], lpn)
    receiver.trees(sender.reply(receiver.offer()))
    choices = np.empty(one["base"], np.uint8)
    receiver.cot(choices, np.empty((one["base"], 16), np.uint8))
    at = one["k"] + tree * one["depth"]
    return sum(int(1 - bit) << level for level, bit in enumerate(choices[at : at + one["depth"]]))


class PlainSender:
    """Ferret's sender, one tree a request, first iteration; it may cheat in a tree's corrections and guess alpha."""

    def __init__(
        self, lpn: int, direction: int, base: np.ndarray, delta: np.ndarray, public: tuple[bytes, bytes]
    ) -> None:
        """public: the set-up's digest, and its last message."""
        self.lpn, self.base, self.delta = lpn, base, delta
        self.set = _ot.lpn_set(lpn)
        start, last = public
        self._start = np.frombuffer(start, np.uint8)
        self._chain = Chain(FERRET_CHALLENGE, direction, start)
        self.matrix_key = block(self._chain.absorb(last))
        self._sum = self._tree = 0

    @property
    def leaves(self) -> int:
        return 1 << self.set["depth"]

    def tree_key(self, number: int) -> np.ndarray:
        """Of the session's tree of this number."""
        other = np.array([number, (1 << 64) - 1], np.uint64).view(np.uint8)
        key: np.ndarray = self._start ^ other
        return key

    def outputs(self, tree: int, base: np.ndarray, iteration: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(transfers, corrections, leaves) of an iteration's tree."""
        number = iteration * self.set["t"] + tree
        at = self.set["k"] + tree * self.set["depth"]
        grown, corrections = _ot.correlated_tree(self.tree_key(number), self.delta, base[at : at + self.set["depth"]])
        q = _ot.lpn_encode(ISA, self.matrix_key, number * self.leaves, base[: self.set["k"]], grown, self.leaves)
        return q, corrections, grown

    def _next(self, error: tuple[int, int] | None, guess: int | None) -> tuple[np.ndarray, bytes]:
        """error: (level from 1, what is added to its correction). guess: an alpha to answer the check for, or None."""
        q, corrections, leaves = self.outputs(self._tree, self.base)
        if error is not None:
            corrections = corrections.copy()
            corrections[error[0] - 1] ^= block(error[1])
        chi = self._chain.absorb(corrections.tobytes())
        part = element(_ot.evaluate(ISA, block(chi), leaves))
        if guess is not None:
            received = self._as_received(guess, corrections)
            part = element(_ot.evaluate(ISA, block(chi), received))
            part ^= times(power(chi, self.leaves - guess), element(self.delta))
        self._sum ^= part
        self._tree += 1
        return q, corrections.tobytes()

    def _as_received(self, alpha: int, corrections: np.ndarray) -> np.ndarray:
        """The leaves of a receiver with this alpha."""
        depth = self.set["depth"]
        t = self.base[self.set["k"] + (self._tree) * depth :][:depth].copy()
        for level in range(depth):
            if not alpha >> level & 1:
                t[level] ^= self.delta
        leaves, found = _ot.punctured_tree(self.tree_key(self._tree), t, corrections)
        assert found == alpha
        return leaves

    def cot(self, error: tuple[int, int] | None = None, guess: int | None = None) -> bytes:
        """The message of a whole tree's transfers."""
        first = self._tree * self.leaves
        return extend_header(self.lpn, KIND_COT, self.leaves, first) + self._next(error, guess)[1]

    def seal(self) -> bytes:
        self._at = self._tree * self.leaves
        q, corrections = self._next(None, None)
        self._masks = [element(one) for one in q[:128]]
        return extend_header(self.lpn, KIND_CHECK, 128, self._at) + corrections

    def answer(self, challenge: bytes) -> bytes:
        value = self._sum ^ times(element(challenge), element(self.delta))
        for i, mask in enumerate(self._masks):
            value ^= times(mask, 1 << i)
        return digest(FERRET_VALUES, self._chain.direction, self._at, value.to_bytes(16, "little"))


class PlainReceiver:
    """SoftSpokenOT's receiver around a native one: adds errors to corrections and proves what it likes."""

    def __init__(self, native: _ot.Receiver, k: int, direction: int, start: bytes) -> None:
        self._native, self._k = native, k
        self._chain = Chain(SOFTSPOKEN_CHALLENGE, direction, start)
        self.groups = -(-128 // k)
        self._rows, self._u = [0] * 128, 0

    def cot(self, n: int, error: tuple[int, int] | None = None, guess: int = 0) -> bytes:
        """error: (group from 1, bits added to the correction's first block). guess: of the group's part of Delta."""
        choices, t = np.empty(n, np.uint8), np.empty((n, 16), np.uint8)
        message = bytearray(self._native.cot(choices, t).tobytes())
        self._absorb(message, n, choices, t, error, guess)
        return bytes(message)

    def _absorb(self, message: bytearray, n: int, choices: np.ndarray, t: np.ndarray, error, guess: int) -> None:
        rows = np.packbits(np.unpackbits(t, axis=1, bitorder="little").T, axis=1, bitorder="little")
        u, at, done, total = np.packbits(choices, bitorder="little"), 16, 0, n // 128
        while done < total:
            blocks = min(STRIPE, total - done)
            size = (self.groups - 1) * blocks * 16
            if error is not None and done == 0:
                place = at + (error[0] - 1) * blocks * 16
                message[place : place + 16] = block(element(message[place : place + 16]) ^ error[1]).tobytes()
            chi = self._chain.absorb(bytes(message[at : at + size]))
            part = slice(16 * done, 16 * (done + blocks))
            for r in range(128):
                self._rows[r] ^= element(_ot.evaluate(ISA, block(chi), rows[r, part].reshape(-1, 16).copy()))
            self._u ^= element(_ot.evaluate(ISA, block(chi), u[part].reshape(-1, 16).copy()))
            if error is not None and done == 0:
                shift = times(error[1], power(chi, blocks))
                for bit in range(self._k):
                    self._rows[error[0] * self._k + bit] ^= shift * (guess >> bit & 1)
            at, done = at + size, done + blocks

    def prove(self) -> bytes:
        first = self._native.next
        message = bytearray(self.cot(128))
        message[2] = KIND_CHECK
        rows = b"".join(row.to_bytes(16, "little") for row in self._rows)
        u, self._rows, self._u = self._u.to_bytes(16, "little"), [0] * 128, 0
        return bytes(message) + u + digest(SOFTSPOKEN_VALUES, self._chain.direction, first, rows)
