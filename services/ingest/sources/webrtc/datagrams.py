"""What comes to a session's ports, from anybody: no more of it waits than a session needs, none of it is an error."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

from aioice import ice

MOST_WAITING = 512
"""Datagrams; a session that is not connected yet reads none, and needs few to become so."""
MOST_BYTES = 9216
"""Of a datagram: no way between a camera and its room carries longer ones whole."""


STUN_LAST = b"\x03"
"""The highest first byte of a STUN message."""


class Datagrams(ice.StunProtocol):
    """One local address."""

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        """As aioice's, which lets a number of the wrong length (RFC 8489, 14) through as an error of its own.

        What is no STUN is told by its first byte (RFC 7983, 7): aioice takes a packet of media for some where the
        packet's number happens to be its length less 20, and one in which it then reads nonsense would be lost.
        """
        if isinstance(data, bytes) and data[:1] > STUN_LAST:
            self.receiver.data_received(data, self.local_candidate.component)
            return
        with contextlib.suppress(struct.error):
            super().datagram_received(data, addr)


def has_room(waiting: int, data: bytes) -> bool:
    """Whether a datagram is kept until it is read, where so many wait already."""
    return waiting < MOST_WAITING and len(data) <= MOST_BYTES
