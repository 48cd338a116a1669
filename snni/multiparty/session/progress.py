"""How far a server is with what was ordered: told to who asks while it is at work, who waits as long as servers get on.

Proving takes a minute and more of a large network, on a busy machine many: no fixed wait is right for it. Every frame
of MADE begins with a byte: at work, and how many bytes this server has moved to and from the others; or done, and what
it made.
"""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from snni.errors import HandshakeError, PeerError, SnniError, WireError
from snni.multiparty.roles import Role
from snni.multiparty.session.messages import MADE
from snni.wire.socket_channel import SocketChannel

TOLD_EVERY_S = 2.0
SILENCE_S = 60.0
"""A server at work that says nothing for so long is gone."""
STANDSTILL_S = 900.0
"""Nor do servers get on that move not a byte for so long: longer than any computes between two messages."""
AT_WORK, DONE = b"\x00", b"\x01"
_COUNT = struct.Struct("<Q")


@contextmanager
def telling(asker: SocketChannel, others: Iterable[SocketChannel], end: Callable[[], None]) -> Iterator[None]:
    """Tell from a thread of its own until the block ends; nothing else uses ``asker`` meanwhile.

    others: streams to servers, which are waited for as long as who asks waits. end: called where who asks is gone.
    """
    streams, done = list(others), threading.Event()

    def tell() -> None:
        while not done.wait(TOLD_EVERY_S):
            try:
                if asker.hung_up():
                    raise PeerError("who asks is gone")
                moved = sum(stream.bytes_sent + stream.bytes_received for stream in streams)
                asker.send(MADE, AT_WORK + _COUNT.pack(moved))
            except SnniError:
                end()
                return

    thread = threading.Thread(target=tell, name="snni-telling", daemon=True)
    for stream in streams:
        stream.settimeout(None)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def tell_made(asker: SocketChannel, result: bytes) -> None:
    """What was ordered is made."""
    asker.send(MADE, DONE + result)


def hear_made(
    servers: Mapping[Role, SocketChannel], most_bytes: int, clock: Callable[[], float] = time.monotonic
) -> dict[Role, memoryview]:
    """What each server made, of at most so many bytes, when all have.

    Raises PeerError, naming the server: it is gone, refuses, or says nothing for SILENCE_S; or none moves anything for
    STANDSTILL_S. WireError: not a valid message.
    """
    made: dict[Role, memoryview] = {}
    moved: dict[Role, int] = {}
    since = clock()
    for channel in servers.values():
        channel.settimeout(SILENCE_S)
    while len(made) < len(servers):
        before = dict(moved), len(made)
        for role in servers.keys() - made.keys():
            body = _heard(role, servers[role], most_bytes)
            if body[:1] == DONE:
                made[role] = body[1:]
            elif body[:1] == AT_WORK and len(body) == 1 + _COUNT.size:
                (moved[role],) = _COUNT.unpack(body[1:])
            else:
                raise WireError(f"what the {role.value} tells of its work is no message")
        if (moved, len(made)) != before:
            since = clock()
        elif clock() - since > STANDSTILL_S:
            raise PeerError(f"the servers prepare a run and have moved nothing for {STANDSTILL_S:.0f} s")
    return made


def _heard(role: Role, channel: SocketChannel, most_bytes: int) -> memoryview:
    try:
        return channel.recv(MADE, 1 + max(most_bytes, _COUNT.size))
    except HandshakeError:
        raise
    except PeerError as error:
        raise PeerError(f"the {role.value}, which prepares a run: {error}") from error
