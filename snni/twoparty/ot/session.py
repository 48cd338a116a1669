"""What both ends of a direction share: parameters, one channel, one native state, one user at a time."""

from __future__ import annotations

import enum
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol

import numpy as np
import numpy.typing as npt

from snni.errors import CorrelationError
from snni.twoparty.ot.cost import Cost, OtParams, message_bytes, request_cost, setup_cost, transfers_of
from snni.wire.channel import Channel

U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]


class Tag(enum.IntEnum):
    """Frame tags of oblivious transfer (0x10-0x1f). The server's direction is even, the client's odd."""

    OFFER = 0x10
    REPLY = 0x12
    TREES = 0x14
    EXTEND = 0x16
    SEAL = 0x18
    CHALLENGE = 0x1A
    ANSWER = 0x1C


class Direction(enum.IntEnum):
    """Which party is the sender of the transfers."""

    S_SENDS = 0
    C_SENDS = 1


class Native(Protocol):
    """What every native end has: how many transfers it has claimed."""

    @property
    def next(self) -> int: ...


def fresh_seed() -> U8:
    """Sixteen bytes of the operating system's randomness."""
    return np.frombuffer(os.urandom(16), dtype=np.uint8)


def array_of(payload: memoryview) -> U8:
    """A received payload without a copy, uint8 [n]."""
    return np.frombuffer(payload, dtype=np.uint8)


class OtEnd:
    """One end of a direction. No I/O before `setup`. Not for pickling, copying or use across a fork."""

    _native: Native

    def __init__(self, channel: Channel, direction: Direction, params: OtParams, *, writes: bool) -> None:
        """writes: whether this end writes the messages of requests, or reads them."""
        self.params = params
        self.direction = Direction(direction)
        self._channel = channel
        self._writes = writes
        self._lock = threading.Lock()
        self._ready = False
        self._broken = False
        self._process = os.getpid()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.direction.name.lower()}, {self.params.extension})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("oblivious transfer state cannot be pickled or copied: its counters must not repeat")

    def setup_cost(self) -> Cost:
        """What `setup` sends."""
        return setup_cost(self.params)

    @property
    def claimed(self) -> int:
        """Transfers taken from this direction so far."""
        return self._native.next

    def cost(self, kind: str, n: int, bits: int | None = None) -> Cost:
        """What `kind`(n) sends as the next request: leaf (with bits), bits2, pads, nested or cot."""
        return request_cost(self.params, n, transfers_of(kind, bits), self.claimed)

    def begin_check(self) -> None:
        raise TypeError("an end is a sender or a receiver")

    exchange_challenge = finish_check = begin_check

    def check(self) -> None:
        """Everything since the last check holds together, or ConsistencyError. Both ends call it."""
        self.begin_check()
        self.exchange_challenge()
        self.finish_check()

    def _tag(self, tag: Tag) -> int:
        return tag + self.direction

    def _request(self, n: int, transfers: int, call: Callable[..., Any], results: Callable[[slice], Any]) -> None:
        """One message a chunk. call: the native method. results(part): its arguments, a tuple of where they go."""
        with self._use(ready=True):
            for part in self.params.chunks(n, transfers):
                if self._writes:
                    self._channel.send(self._tag(Tag.EXTEND), call(*results(part)).data)
                    continue
                size = message_bytes(self.params, part.stop - part.start, transfers, self.claimed)
                call(array_of(self._channel.recv(self._tag(Tag.EXTEND), size)), *results(part))

    @contextmanager
    def _use(self, *, ready: bool) -> Iterator[None]:
        """One request at a time; any error ends the direction, since the two ends may then disagree on position.

        Raises:
            CorrelationError: before or after its time, after an error, or in a forked process.
        """
        with self._lock:
            if os.getpid() != self._process:
                raise CorrelationError("oblivious transfer state was made in another process")
            if self._broken or self._ready != ready:
                state = "ended by an earlier error" if self._broken else "ready" if self._ready else "not set up"
                raise CorrelationError(f"oblivious transfer direction is {state}")
            self._broken = True
            yield
            self._broken = False
            self._ready = True
