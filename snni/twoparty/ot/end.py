"""What both ends of a direction share: parameters, one channel, one native state, one user at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from snni.errors import CorrelationError
from snni.twoparty.ot.extension import ExtensionEnd
from snni.twoparty.ot.extensions import extension_of
from snni.twoparty.ot.params import OtParams, transfers_of
from snni.twoparty.ot.traffic import TransferTraffic, request_traffic, setup_traffic
from snni.twoparty.ot.wire import U8, Direction, Tag, array_of
from snni.wire.channel import Channel


class OtEnd:
    """One end of a direction. No I/O before `setup`. Not for pickling, copying or use across a fork."""

    def __init__(
        self, channel: Channel, direction: Direction, params: OtParams, state: ExtensionEnd, *, writes: bool
    ) -> None:
        """state: this end's. writes: whether it writes the messages of requests, or reads them."""
        self.params = params
        self.direction = Direction(direction)
        self._extension = extension_of(params)
        self._state = state
        self._native = state.native
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

    def setup_traffic(self) -> TransferTraffic:
        """What `setup` sends."""
        return setup_traffic(self.params)

    @property
    def claimed(self) -> int:
        """Transfers taken from this direction so far."""
        return int(self._native.next)

    def traffic(self, kind: str, n: int, bits: int | None = None) -> TransferTraffic:
        """What `kind`(n) sends as the next request: leaf and wide (with bits), bits2, pads, crossed or cot."""
        return request_traffic(self.params, n, transfers_of(kind, bits), self.claimed)

    def begin_check(self) -> None:
        """A check's first step, the same way as requests: uses 128 transfers up and closes what the check covers.

        Raises ConsistencyError if the receiver's corrections do not hold together (softspoken's sender).
        """
        with self._use(ready=True):
            self._state.begin_check(self)

    def exchange_challenge(self) -> None:
        """The second step: the receiver's challenge (ferret)."""
        with self._use(ready=True):
            self._state.exchange_challenge(self)

    def finish_check(self) -> None:
        """The last step: the sender's answer (ferret). ConsistencyError if its trees do not hold together."""
        with self._use(ready=True):
            self._state.finish_check(self)

    def check(self) -> None:
        """Everything since the last check holds together, or ConsistencyError. Both ends call it."""
        self.begin_check()
        self.exchange_challenge()
        self.finish_check()

    def send(self, tag: Tag, message: U8) -> None:
        """One message of this direction."""
        self._channel.send(tag + self.direction, message.data)

    def receive(self, tag: Tag, size: int) -> U8:
        """One message of this direction, uint8 [n], n <= size."""
        return array_of(self._channel.recv(tag + self.direction, size))

    def _request(self, n: int, transfers: int, call: Callable[..., Any], results: Callable[[slice], Any]) -> None:
        """One message a chunk. call: the native method. results(part): its arguments, a tuple of where they go."""
        with self._use(ready=True):
            for part in self.params.chunks(n, transfers):
                if self._writes:
                    self.send(Tag.EXTEND, call(*results(part)))
                    continue
                count = part.stop - part.start
                size = self._extension.message_bytes(self.params, count, transfers, self.claimed)
                call(self.receive(Tag.EXTEND, size), *results(part))

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
