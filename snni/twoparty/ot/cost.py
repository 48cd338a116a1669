"""What a request costs on the wire, before it runs. Frame headers of the transport are included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from snni.errors import ParameterError
from snni.twoparty import _ot
from snni.wire.framing import HEADER

Extension = Literal["softspoken", "ferret"]

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
    extension: Extension = "softspoken"
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

    @property
    def sender_writes(self) -> bool:
        """Whether the messages of requests go from the sender to the receiver."""
        return self.extension == "ferret"

    def chunks(self, n: int, transfers: int) -> Iterator[slice]:
        """Where each message's results lie among n results of `transfers` each. A whole chunk wastes no transfer."""
        check_count(n)
        step = max(128, self.chunk // transfers // 128 * 128)
        for start in range(0, n, step):
            yield slice(start, min(start + step, n))


DEFAULT = OtParams()


@dataclass(frozen=True)
class Cost:
    """Bytes each way and one-way flights of one direction's request or set-up."""

    from_receiver: int
    from_sender: int
    flights: int


def setup_bytes(params: OtParams) -> tuple[int, int, int]:
    """Payload bytes of offer, reply and trees; Ferret's first base rides with the trees."""
    offer, reply, trees = _ot.setup_bytes(params.k)
    if params.extension == "ferret":
        trees += _ot.ferret_base_bytes(params.lpn, params.k)
    return offer, reply, trees


def setup_cost(params: OtParams) -> Cost:
    """Base transfers and trees: offer and trees from the receiver, reply from the sender."""
    offer, reply, trees = setup_bytes(params)
    return Cost(offer + trees + 2 * HEADER.size, reply + HEADER.size, 3)


CHECK_TRANSFERS = 128
CHALLENGE_BYTES = _ot.CHALLENGE_BYTES
ANSWER_BYTES = _ot.ANSWER_BYTES


def seal_bytes(params: OtParams, first: int) -> int:
    """Payload bytes of a check's first message, after `first` claimed transfers; it claims CHECK_TRANSFERS."""
    if params.extension == "ferret":
        return _ot.ferret_message_bytes(params.lpn, first, 1, CHECK_TRANSFERS)
    return _ot.proof_bytes(params.k)


def check_cost(params: OtParams, first: int = 0) -> Cost:
    """One consistency check of one direction, by itself."""
    seal = HEADER.size + seal_bytes(params, first)
    if params.sender_writes:
        return Cost(HEADER.size + CHALLENGE_BYTES, seal + HEADER.size + ANSWER_BYTES, 3)
    return Cost(seal, 0, 1)


def message_bytes(params: OtParams, n: int, transfers: int, first: int) -> int:
    """Payload bytes of one message: n results of `transfers` each, after `first` claimed transfers."""
    if params.extension == "ferret":
        return _ot.ferret_message_bytes(params.lpn, first, transfers, n)
    return _ot.message_bytes(params.k, transfers, n)


def claimed(params: OtParams, n: int, transfers: int) -> int:
    """Transfers that a request takes from the direction: each message's are rounded up to 128."""
    return sum(-(-(part.stop - part.start) * transfers // 128) * 128 for part in params.chunks(n, transfers))


def request_cost(params: OtParams, n: int, transfers: int, first: int = 0) -> Cost:
    """n results of `transfers` random transfers each.

    first: transfers claimed before, a multiple of 128. Only Ferret's cost depends on it: a tree is paid for by the
    request that reaches it.
    """
    return requests_cost(params, [(n, transfers)], first)


def requests_cost(params: OtParams, requests: Iterable[tuple[int, int]], first: int = 0) -> Cost:
    """Requests one after the other, (n, transfers) each. Their messages all flow one way."""
    total = messages = 0
    for n, transfers in requests:
        for part in params.chunks(n, transfers):
            total += HEADER.size + message_bytes(params, part.stop - part.start, transfers, first)
            first += claimed(params, part.stop - part.start, transfers)
            messages += 1
    return Cost(0, total, min(1, messages)) if params.sender_writes else Cost(total, 0, min(1, messages))


def transfers_of(kind: str, bits: int | None = None) -> int:
    """Random transfers a result: leaf as many as its slots' numbers have bits, nested two, others one."""
    if kind == "leaf":
        if bits is None or not 1 <= bits <= 5:
            raise ParameterError(f"leaf slots have 1 to 5 bits, not {bits}")
        return bits
    if kind not in ("bits2", "pads", "nested", "cot"):
        raise ParameterError(f"no such correlation: {kind}")
    return 2 if kind == "nested" else 1


def check_pad_bits(bits: int) -> None:
    """1 to 32, else ParameterError."""
    if not 1 <= bits <= 32:
        raise ParameterError(f"pads have 1 to 32 bits, not {bits}")
