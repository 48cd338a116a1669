"""Listening sockets of either family of addresses, or of both."""

from __future__ import annotations

import errno
import socket

EVERY = "::"
NO_IPV6 = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)


def listen(host: str, port: int, backlog: int = 128) -> socket.socket:
    """A socket that listens on host:port (0: any free port). Raises OSError when the address cannot be bound.

    host "::" is every address of the machine, of IPv6 and of IPv4 (RFC 4291, 2.5.5.2); where it has no IPv6, of IPv4.
    """
    if host == EVERY:
        try:
            return socket.create_server(
                (host, port), family=socket.AF_INET6, backlog=backlog, dualstack_ipv6=socket.has_dualstack_ipv6()
            )
        except OSError as error:
            if error.errno not in NO_IPV6:
                raise
            host = "0.0.0.0"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=backlog)
