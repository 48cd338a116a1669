"""What a request costs on the wire, before it runs. Frame headers of the transport are included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from snni import _ot
from snni.errors import ParameterError
from snni.transport import HEADER

MAX_RESULTS = 1 << 40
"""More results than this in one request is a mistake, not a request."""


def check_count(n: int) -> int:
    """n itself if it is in 0..2^40, else ParameterError. Nothing is sent for 0."""
    if not 0 <= n <= MAX_RESULTS:
        raise ParameterError(f"n is {n}, must be in 0..2^40")
    return n


@dataclass(frozen=True)
class OtParams:
    """AGREED by both parties.

    k: bits a tree, 2..8. The message shrinks as 128 / k bits a transfer, the work grows as 2^k / k.
    chunk: transfers a message, a multiple of 128. Bounds memory at both sides, and how far the sender lags.
    """

    k: int = 4
    chunk: int = 1 << 16

    def __post_init__(self) -> None:
        if not 2 <= self.k <= 8:
            raise ParameterError(f"k is {self.k}, must be in 2..8")
        if self.chunk % 128 or not 512 <= self.chunk <= 1 << 24:
            raise ParameterError(f"chunk is {self.chunk}, must be a multiple of 128 in 512..2^24")

    def chunks(self, n: int, transfers: int) -> Iterator[slice]:
        """Where each message's results lie among n results of `transfers` each. A whole chunk wastes no transfer."""
        check_count(n)
        step = self.chunk // transfers // 128 * 128
        for start in range(0, n, step):
            yield slice(start, min(start + step, n))


DEFAULT = OtParams()


@dataclass(frozen=True)
class Cost:
    """Bytes each way and one-way flights of one direction's request or set-up."""

    from_receiver: int
    from_sender: int
    flights: int


def setup_cost(params: OtParams) -> Cost:
    """Base transfers and trees: offer and trees from the receiver, reply from the sender."""
    offer, reply, trees = _ot.setup_bytes(params.k)
    return Cost(offer + trees + 2 * HEADER.size, reply + HEADER.size, 3)


def request_cost(params: OtParams, n: int, transfers: int) -> Cost:
    """n results of `transfers` random transfers each."""
    sizes = [_ot.message_bytes(params.k, transfers, part.stop - part.start) for part in params.chunks(n, transfers)]
    return Cost(sum(sizes) + HEADER.size * len(sizes), 0, min(1, len(sizes)))


def transfers_of(kind: str, bits: int | None = None) -> int:
    """Random transfers a result: leaf as many as its digit has bits, pads4 two, others one."""
    if kind == "leaf":
        if bits is None or not 1 <= bits <= 4:
            raise ParameterError(f"leaf digits have 1 to 4 bits, not {bits}")
        return bits
    if kind not in ("bits2", "pads", "pads4", "cot"):
        raise ParameterError(f"no such correlation: {kind}")
    return 2 if kind == "pads4" else 1


def check_pad_bits(bits: int) -> None:
    """1 to 32, else ParameterError."""
    if not 1 <= bits <= 32:
        raise ParameterError(f"pads have 1 to 32 bits, not {bits}")
