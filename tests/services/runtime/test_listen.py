"""Listening sockets: which addresses they answer at."""

from __future__ import annotations

import errno
import socket

import pytest

from services.runtime.health import Health, start_health
from services.runtime.listen import listen
from services.runtime.metrics import Metrics


def answers(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection((host, port), 60).close()
    except ConnectionRefusedError:
        return False
    return True


def test_every_address_is_of_both_families() -> None:
    with listen("::", 0) as one:
        port = one.getsockname()[1]
        assert answers("127.0.0.1", port) and answers("::1", port)


@pytest.mark.parametrize(("host", "other"), [("127.0.0.1", "::1"), ("::1", "127.0.0.1")])
def test_one_address_is_that_one(host: str, other: str) -> None:
    with listen(host, 0) as one:
        assert answers(host, one.getsockname()[1]) and not answers(other, one.getsockname()[1])


@pytest.mark.parametrize("number", [errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL])
def test_without_ipv6_every_address_is_of_ipv4(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """As a kernel started with ipv6.disable=1, and one whose interfaces have none, refuse it."""
    bind = socket.socket.bind

    def refusing(one: socket.socket, address: tuple[str, int]) -> None:
        if one.family == socket.AF_INET6:
            raise OSError(number, "no IPv6 here")
        bind(one, address)

    monkeypatch.setattr(socket.socket, "bind", refusing)
    with listen("::", 0) as one:
        assert one.family == socket.AF_INET and answers("127.0.0.1", one.getsockname()[1])


def test_a_port_that_is_taken_is_no_reason_to_take_another_family() -> None:
    with listen("::", 0) as one, pytest.raises(OSError, match="in use"):
        listen("::", one.getsockname()[1])


async def test_health_answers_at_both_families() -> None:
    server = await start_health(Health(), "::", 0, Metrics())
    assert answers("127.0.0.1", server.port) and answers("::1", server.port)
    await server.close()
