"""What comes to a session's ports, from anybody: no more of it waits than a session needs, none of it is an error.

Until DTLS stands, what is no STUN can be forged by whoever knows the port, and one forged alert ends its handshake. So
it counts from those alone of whom the peer has told, or who proved by a check that they are the peer (RFC 8445, 7.3).
"""

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
    """One local address. receiver: the session's `MediaConnection`."""

    receiver: Any

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        """As aioice's, which lets a number of the wrong length (RFC 8489, 14) through as an error of its own.

        What is no STUN is told by its first byte (RFC 7983, 7): aioice takes a packet of media for some where the
        packet's number happens to be its length less 20, and one in which it then reads nonsense would be lost.
        """
        if isinstance(data, bytes) and data[:1] > STUN_LAST:
            if self.receiver.knows((addr[0], addr[1])):
                self.receiver.data_received(data, self.local_candidate.component)
            return
        with contextlib.suppress(struct.error):
            super().datagram_received(data, addr)


def has_room(waiting: int, data: bytes) -> bool:
    """Whether a datagram, which was no STUN that can be read, is kept until it is read where so many wait already."""
    return waiting < MOST_WAITING and len(data) <= MOST_BYTES and data[:1] > STUN_LAST
