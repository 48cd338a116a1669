"""Secure comparison with the client's operand known beforehand.

CrypTFlow2 (eprint 2020/1002), section 3.1, Algorithm 1 (millionaires by leaf OTs and an AND tree), on the carry of
two additive shares: for c, s in Z_2^(l+1) the carry into bit l is 1{c mod 2^l > NOT(s) mod 2^l}.

  [1{c_low > NOT s_low}]_B <- Compare(c at client, offline; s at server, online).     Semi-honest; exact.

Paper -> code: l -> bits, m -> DIGIT_BITS, q -> len(digits), lt/eq -> gt/eq (the operands are swapped).
Differs: (1) the client is the leaf receiver and sends its choices offline, under rho used once; (2) the server takes
its leaf shares equal to its triple shares, uniform to the client, so that its openings at leaves are zero and are not
sent; (3) the lowest digit's equality is never needed and not sent. DESIGN.md argues (1) and (2).

Flights after the leaves: each resolves one level of the tree, the client being one level ahead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from snni import _nonlinear
from snni.errors import ParameterError
from snni.nonlinear.ots import RandomOtReceiver, RandomOtSender
from snni.nonlinear.wire import U8, U32, Reader, Tag, pack, packed_bytes
from snni.transport import Channel

DIGIT_BITS = 4


@dataclass(frozen=True)
class Node:
    """One AND of the tree. Indices below len(digits) are leaves, least significant first; then ANDs in order."""

    hi: int
    lo: int
    with_eq: bool

    @property
    def opening_bits(self) -> int:
        return 3 if self.with_eq else 2


@dataclass(frozen=True)
class CompareShape:
    """n comparisons of `bits` low bits, 1 <= bits <= 31."""

    n: int
    bits: int

    def __post_init__(self) -> None:
        if self.n < 1 or not 1 <= self.bits <= 31:
            raise ParameterError(f"comparison of {self.n} values of {self.bits} bits")

    @cached_property
    def digits(self) -> tuple[int, ...]:
        """Widths, least significant digit first."""
        full, rest = divmod(self.bits, DIGIT_BITS)
        return (DIGIT_BITS,) * full + ((rest,) if rest else ())

    @cached_property
    def levels(self) -> tuple[tuple[Node, ...], ...]:
        """The AND tree, level by level; an odd node at the top of a level passes up."""
        items = list(range(len(self.digits)))
        made = len(items)
        levels = []
        while len(items) > 1:
            level, above = [], []
            for at in range(0, len(items) - 1, 2):
                level.append(Node(hi=items[at + 1], lo=items[at], with_eq=at > 0))
                above.append(made)
                made += 1
            if len(items) % 2:
                above.append(items[-1])
            levels.append(tuple(level))
            items = above
        return tuple(levels)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(node for level in self.levels for node in level)

    def is_leaf(self, index: int) -> bool:
        return index < len(self.digits)

    def leaf_bits(self, digit: int) -> int:
        """Wire bits of one leaf table."""
        slots = 1 << self.digits[digit]
        return slots if digit == 0 else 2 * slots

    @property
    def choice_bytes(self) -> int:
        """Payload of the client's leaf choices."""
        return sum(packed_bytes(self.n, width) for width in self.digits)

    @property
    def leaf_bytes(self) -> int:
        """Payload of the server's leaf tables."""
        return sum(packed_bytes(self.n, self.leaf_bits(digit)) for digit in range(len(self.digits)))

    def opening_bytes(self, level: int, *, server: bool) -> int:
        """Payload of one party's openings of a level."""
        widths = (self.server_opening(node)[1] if server else node.opening_bits for node in self.levels[level])
        return sum(packed_bytes(self.n, bits) for bits in widths)

    def server_opening(self, node: Node) -> tuple[int, int]:
        """(first bit, bits) of the server's opening that is not zero by construction."""
        first = 1 if self.is_leaf(node.hi) else 0
        last = 1 if self.is_leaf(node.lo) else node.opening_bits
        return first, max(0, last - first)


class _Tree:
    """One party's shares of the nodes while the tree is resolved."""

    def __init__(self, shape: CompareShape, triples: list[U8], leaves: list[U8], leader: bool) -> None:
        self.shape = shape
        self._triples = triples
        self._shares: list[U8] = leaves
        self._leader = leader
        self._opened: dict[int, U8] = {}

    def _index(self, level: int) -> range:
        start = sum(len(nodes) for nodes in self.shape.levels[:level])
        return range(start, start + len(self.shape.levels[level]))

    def open(self, level: int, *, server: bool) -> bytes:
        """This party's openings of a level (0 is just above the leaves), packed."""
        parts = []
        for index in self._index(level):
            node = self.shape.nodes[index]
            opening = np.empty(self.shape.n, np.uint8)
            _nonlinear.and_open(self._shares[node.hi], self._shares[node.lo], self._triples[index], opening)
            opening &= np.uint8((1 << node.opening_bits) - 1)
            self._opened[index] = opening
            first, bits = self.shape.server_opening(node) if server else (0, node.opening_bits)
            if bits:
                parts.append(pack(opening >> np.uint8(first), bits))
        return b"".join(parts)

    def close(self, level: int, peer: Reader, *, peer_is_server: bool) -> None:
        """Take the peer's openings of the level and compute this party's shares above it."""
        for index in self._index(level):
            node = self.shape.nodes[index]
            first, bits = self.shape.server_opening(node) if peer_is_server else (0, node.opening_bits)
            opening = self._opened.pop(index)
            if bits:
                opening = opening ^ (peer.bytes(self.shape.n, bits) << np.uint8(first))
            out = np.empty(self.shape.n, np.uint8)
            _nonlinear.and_close(self._shares[node.hi], self._triples[index], opening, self._leader, out)
            self._shares.append(out)

    def root(self) -> U8:
        """This party's share of the comparison, uint8 [n] in {0, 1}."""
        return self._shares[-1] & np.uint8(1)


def _nothing() -> Reader:
    return Reader(memoryview(b""))


class CompareClient:
    """The client's side: prepared from its shares c offline, run once."""

    def __init__(self, shape: CompareShape) -> None:
        self.shape = shape
        self._rho: list[U8] = []
        self._pads: list[U8] = []
        self._received: list[tuple[U8, U8]] = []
        self._triples: list[U8] = []
        self._choices = b""

    def prepare_receive(self, ots: RandomOtReceiver, c: U32) -> None:
        """Random OTs that the server sends; keeps e = digit XOR rho for `send_choices`. c: uint32 [n]."""
        shift, choices = 0, []
        for width in self.shape.digits:
            rho, pad = ots.leaf(self.shape.n, width)
            e = np.empty(self.shape.n, np.uint8)
            _nonlinear.leaf_choice(c, shift, width, rho, e)
            choices.append(pack(e, width))
            self._rho.append(rho)
            self._pads.append(pad)
            shift += width
        self._received = [ots.bits2(self.shape.n) for _ in self.shape.nodes]
        self._choices = b"".join(choices)

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Random OTs that the client sends; completes the triples."""
        for choice, received in self._received:
            sent0, sent1 = ots.bits2(self.shape.n)
            triple = np.empty(self.shape.n, np.uint8)
            _nonlinear.and_triples(choice, received, sent0, sent1, triple)
            self._triples.append(triple)
        self._received = []

    def send_choices(self, channel: Channel) -> None:
        """Publishes e. After every request, so that no transfer's message waits for it."""
        channel.send(Tag.LEAF_CHOICE, self._choices)
        self._choices = b""

    def run(self, channel: Channel, limits: Iterator[int]) -> tuple[U8, bytes, Reader]:
        """(share of the carry uint8 [n], openings still to send, rest of the last payload).

        limits: payload bytes of the messages to come (cost.py).
        """
        depth, level, pending = len(self.shape.levels), 0, b""
        reader = Reader(channel.recv(Tag.LEAF if depth else Tag.MULTIPLEX, next(limits)))
        tree = _Tree(self.shape, self._triples, self._open_leaves(reader), leader=True)
        self._rho, self._pads, self._triples = [], [], []
        if depth:
            pending = tree.open(0, server=False)
            tree.close(0, _nothing(), peer_is_server=True)
            level = 1
        while level < depth:
            reader.end()
            channel.send(Tag.OPEN, pending + tree.open(level, server=False))
            reader = Reader(channel.recv(Tag.MULTIPLEX if depth - level == 1 else Tag.OPEN, next(limits)))
            tree.close(level, reader, peer_is_server=True)
            level, pending = level + 1, b""
            if level < depth:
                pending = tree.open(level, server=False)
                tree.close(level, reader, peer_is_server=True)
                level += 1
        return tree.root(), pending, reader

    def _open_leaves(self, reader: Reader) -> list[U8]:
        shares = []
        for digit, width in enumerate(self.shape.digits):
            words = reader.words(self.shape.n, self.shape.leaf_bits(digit))
            if digit:
                _nonlinear.leaf_spread(words, width)
            share = np.empty(self.shape.n, np.uint8)
            _nonlinear.leaf_open(words, self._rho[digit], self._pads[digit], share)
            shares.append(share)
        return shares


class CompareServer:
    """The server's side: prepared without its operand, run once on s."""

    def __init__(self, shape: CompareShape) -> None:
        self.shape = shape
        self._pads: list[U32] = []
        self._e: list[U8] = []
        self._sent: list[tuple[U8, U8]] = []
        self._triples: list[U8] = []

    def prepare_send(self, ots: RandomOtSender) -> None:
        """Random OTs that the server sends."""
        self._pads = [ots.leaf(self.shape.n, width) for width in self.shape.digits]
        self._sent = [ots.bits2(self.shape.n) for _ in self.shape.nodes]

    def prepare_receive(self, ots: RandomOtReceiver) -> None:
        """Random OTs that the client sends; completes the triples."""
        for sent0, sent1 in self._sent:
            choice, received = ots.bits2(self.shape.n)
            triple = np.empty(self.shape.n, np.uint8)
            _nonlinear.and_triples(choice, received, sent0, sent1, triple)
            self._triples.append(triple)
        self._sent = []

    def receive_choices(self, channel: Channel) -> None:
        """Takes the client's e."""
        reader = Reader(channel.recv(Tag.LEAF_CHOICE, self.shape.choice_bytes))
        self._e = [reader.bytes(self.shape.n, width) for width in self.shape.digits]
        reader.end()

    def run(self, channel: Channel, s: U32, limits: Iterator[int]) -> tuple[U8, bytes, Reader]:
        """(share of the carry, payload still to send, rest of the last payload received). s: uint32 [n].

        limits: as the client's.
        """
        leaves = self._leaf_shares()
        tree = _Tree(self.shape, self._triples, leaves, leader=False)
        pending = self._leaf_tables(s, leaves)
        self._pads, self._e, self._triples = [], [], []
        depth, level, reader = len(self.shape.levels), 0, _nothing()
        tag = Tag.LEAF
        while level < depth:
            channel.send(tag, pending)
            tag, pending = Tag.OPEN, b""
            reader.end()
            reader = Reader(channel.recv(Tag.OPEN, next(limits)))
            if level == 0:
                tree.open(0, server=True)
            tree.close(level, reader, peer_is_server=False)
            level += 1
            if level < depth:
                pending = tree.open(level, server=True)
                tree.close(level, reader, peer_is_server=False)
                level += 1
                if level < depth:
                    pending += tree.open(level, server=True)
        return tree.root(), pending, reader

    def _leaf_shares(self) -> list[U8]:
        """Uniform shares; where a leaf is an AND's operand, the AND's own mask (deviation 2)."""
        n = self.shape.n
        shares = [np.frombuffer(os.urandom(n), np.uint8) & np.uint8(3) for _ in self.shape.digits]
        for node, triple in zip(self.shape.nodes, self._triples, strict=True):
            if self.shape.is_leaf(node.hi):
                shares[node.hi] = (shares[node.hi] & np.uint8(1)) | ((triple & np.uint8(1)) << np.uint8(1))
            if self.shape.is_leaf(node.lo):
                shares[node.lo] = (triple >> np.uint8(1)) & np.uint8(3)
        return shares

    def _leaf_tables(self, s: U32, shares: list[U8]) -> bytes:
        shift, parts = 0, []
        for digit, width in enumerate(self.shape.digits):
            words = np.empty(self.shape.n, np.uint32)
            _nonlinear.leaf_words(s, shift, width, self._e[digit], shares[digit], self._pads[digit], words)
            if digit:
                _nonlinear.leaf_squeeze(words, width)
            parts.append(pack(words, self.shape.leaf_bits(digit)))
            shift += width
        return b"".join(parts)
