"""The steered gate's sizes, and with them every message, transfer and byte of it (gate.py has the protocol)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from snni.errors import ParameterError
from snni.twoparty.nonlinear.compare import CompareShape, ComparisonProtocol
from snni.twoparty.nonlinear.correlations import Correlations
from snni.twoparty.nonlinear.leaf import LEAF
from snni.wire.packing import packed_bytes
from snni.wire.traffic import Traffic, alternating

MAX_EXTENSION = 19
"""Ring bits above the window at most: what crossed OTs have pads for."""


@dataclass(frozen=True)
class GateShape:
    """n values; window and bits in ring bits; lanes >= 1 payloads of n values each (1 when extending).

    ignored: low bits that the comparison drops, fewer than the window has below its sign. slot_bits: most bits of a
    lookup's index, as far as the comparison can serve it; None: what suits their number.
    """

    n: int
    window: int
    bits: int
    extend: bool
    lanes: int = 1
    comparison: ComparisonProtocol = LEAF
    ignored: int = 0
    slot_bits: int | None = None

    def __post_init__(self) -> None:
        if not 2 <= self.window <= self.bits <= 32:
            raise ParameterError(f"window of {self.window} bits in a ring of {self.bits}")
        if self.extend != (self.window < self.bits) or self.bits - self.window > MAX_EXTENSION:
            raise ParameterError(f"extension of {self.window} bits to {self.bits}")
        if self.lanes < 1 or (self.extend and self.lanes != 1):
            raise ParameterError(f"{self.lanes} lanes")
        if not 0 <= self.ignored <= self.window - 2:
            raise ParameterError(f"{self.ignored} bits ignored of a window of {self.window}")

    @cached_property
    def compare(self) -> CompareShape:
        bits, chosen = self.window - 1 - self.ignored, self.comparison
        slot_bits = chosen.slot_bits(self.n, bits) if self.slot_bits is None else min(self.slot_bits, chosen.widest)
        return CompareShape(self.n, bits, self.ignored, slot_bits)

    @cached_property
    def two_flights(self) -> bool:
        """Whether it runs in two flights whatever it compares (two_flights.py): by tables of two digits, in rings that
        leave a word a bit when extending."""
        return self.comparison.name == "tables" and len(self.compare.digits) == 2 and self.bits + self.extend <= 32

    @property
    def half(self) -> int:
        """h: what the server adds to its share before low bits are dropped."""
        return max(0, (1 << self.ignored >> 1) - 1)

    @property
    def payload(self) -> int:
        """Multiplexed values."""
        return self.n * self.lanes

    @property
    def high_bits(self) -> int:
        """Ring bits above the window."""
        return self.bits - self.window

    @property
    def head_bytes(self) -> int:
        """Of the server's first message: its msb, masked, when extending; its product with C's half of the mask."""
        return packed_bytes(self.n, 1) * self.extend + packed_bytes(self.payload, self.bits)

    @property
    def steer_bytes(self) -> int:
        """The client's last message: its bit under the mask, and one word a value."""
        return packed_bytes(self.payload, 1) + packed_bytes(self.payload, self.bits)

    @property
    def corrections_bytes(self) -> int:
        """Payload of what gives the server its shares of products, ahead."""
        if self.two_flights:
            return 2 * packed_bytes(self.n, self.high_bits) * self.extend
        return packed_bytes(self.payload, self.bits) + packed_bytes(5 * self.n, self.high_bits) * self.extend

    @cached_property
    def messages(self) -> tuple[int, ...]:
        """Payload bytes of the online messages, in order; the server's are the even ones. Receivers take their limits
        from them: a message is as long as the shape says, or it is refused before anything is allocated for it."""
        if self.two_flights:
            return self._two_messages
        tail = packed_bytes(self.payload, 1)
        server, client = self.comparison.messages(self.compare, self.head_bytes, tail)
        return tuple(size for pair in zip(server, [*client, self.steer_bytes], strict=True) for size in pair)

    @property
    def word_bits(self) -> int:
        """Of each word that the client sends for one value of the server's bit: its part, and a bit when extending."""
        return self.bits + self.extend

    @property
    def _two_messages(self) -> tuple[int, int]:
        """Digits, the opening of a carry, two masked bits a payload, two when extending, the share under its mask; the
        other opening, the masked bit of the comparison, two words."""
        compare, bit = self.compare, packed_bytes(self.payload, 1)
        server = compare.digits_bytes + compare.bit_bytes + 2 * bit + 2 * packed_bytes(self.n, 1) * self.extend
        client = compare.bit_bytes + bit + 2 * packed_bytes(self.payload, self.word_bits)
        return server + packed_bytes(self.payload, self.window), client

    @property
    def traffic(self) -> Traffic:
        """Online."""
        return alternating(self.messages)

    @property
    def correlations(self) -> Correlations:
        """Of the comparison, then of the multiplexer."""
        compare, chosen = self.compare, self.comparison
        if self.two_flights:
            words, masks = ((self.payload, 1),) * 2, ((self.n, 1),) * 2 * self.extend
            prepared = (chosen.prepared_bytes(compare), *((self.corrections_bytes,) if self.extend else ()))
            return Correlations(words[:1], (*chosen.client_sends(compare), *words, *masks), prepared)
        return Correlations(
            (*chosen.server_sends(compare), (self.payload, 1)),
            (*chosen.client_sends(compare), (self.payload, 2 if self.extend else 1)),
            (chosen.prepared_bytes(compare), self.corrections_bytes),
        )

    @property
    def lookups(self) -> int:
        """Digits looked up online."""
        return self.n * len(self.compare.digits)
