"""What both ends of a direction agree on, and how many random transfers a correlation takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from snni.errors import ParameterError

ExtensionName = Literal["softspoken", "ferret"]

MAX_RESULTS = 1 << 40
"""More results than this in one request is a mistake, not a request."""


def check_count(n: int) -> int:
    """n itself if it is in 0..2^40, else ParameterError. Nothing is sent for 0."""
    if not 0 <= n <= MAX_RESULTS:
        raise ParameterError(f"n is {n}, must be in 0..2^40")
    return n


@dataclass(frozen=True)
class OtParams:
    """AGREED by both parties, all of it.

    k: bits a tree of SoftSpokenOT, 2..8. The message shrinks as 128 / k bits a transfer, the work grows as 2^k / k.
    chunk: transfers a message, a multiple of 128. Bounds memory at both sides, and how far the peer lags.
    extension: softspoken, whose receiver sends a few bytes a transfer; or ferret, whose sender sends a small part of
    one, secure if learning parity with noise is hard, and whose set-up uses softspoken.
    lpn: 16..19, ferret's parameter set, named by log2 of the secret's length; n, k, t and depth come with it.
    """

    k: int = 4
    chunk: int = 1 << 16
    extension: ExtensionName = "softspoken"
    lpn: int = 16

    def __post_init__(self) -> None:
        if not 2 <= self.k <= 8:
            raise ParameterError(f"k is {self.k}, must be in 2..8")
        if self.chunk % 128 or not 512 <= self.chunk <= 1 << 24:
            raise ParameterError(f"chunk is {self.chunk}, must be a multiple of 128 in 512..2^24")
        if self.extension not in ("softspoken", "ferret"):
            raise ParameterError(f"extension is {self.extension!r}, must be softspoken or ferret")
        if not 16 <= self.lpn <= 19:
            raise ParameterError(f"lpn is {self.lpn}, must be in 16..19")

    def chunks(self, n: int, transfers: int) -> Iterator[slice]:
        """Where each message's results lie among n results of `transfers` each. A whole chunk wastes no transfer."""
        check_count(n)
        step = max(128, self.chunk // transfers // 128 * 128)
        for start in range(0, n, step):
            yield slice(start, min(start + step, n))

    def claimed(self, n: int, transfers: int) -> int:
        """Transfers that a request takes from the direction: each message's are rounded up to 128."""
        return sum(-(-(part.stop - part.start) * transfers // 128) * 128 for part in self.chunks(n, transfers))


DEFAULT = OtParams()


def transfers_of(kind: str, bits: int | None = None) -> int:
    """Random transfers a result: leaf and wide as many as their slots' numbers have bits, crossed two, others one."""
    if kind == "leaf":
        if bits is None or not 1 <= bits <= 5:
            raise ParameterError(f"leaf slots have 1 to 5 bits, not {bits}")
        return bits
    if kind == "wide":
        if bits is None or not 6 <= bits <= 8:
            raise ParameterError(f"wide slots have 6 to 8 bits, not {bits}")
        return bits
    if kind not in ("bits2", "pads", "crossed", "cot"):
        raise ParameterError(f"no such correlation: {kind}")
    return 2 if kind == "crossed" else 1


def wide_words(bits: int) -> int:
    """Words of 32 bits that the pads of 2^bits wide slots fill, 6 <= bits <= 8: two bits a slot at 6."""
    return 8 if bits == 8 else 4


def check_pad_bits(bits: int) -> None:
    """1 to 32, else ParameterError."""
    if not 1 <= bits <= 32:
        raise ParameterError(f"pads have 1 to 32 bits, not {bits}")
