"""What befalls accept, threads or one connection ends no other connection, and no address takes another's place."""

from __future__ import annotations

import errno
import socket
import threading
from contextlib import contextmanager

import pytest

from snni.errors import PeerError
from snni.session.doorway import Doorway
from snni.session.handshake_slots import HandshakeSlots, source_of
from snni.session.tls import Identity, client_context, server_context
from tests.support.waiting import PATIENCE_S, until


class Failing(socket.socket):
    """A listening socket whose first accept fails with this errno."""

    number = errno.EMFILE
    failures = 1

    def accept(self):
        if self.failures:
            self.failures -= 1
            raise OSError(self.number, "as the system says")
        return super().accept()


class Open:
    """A doorway at work: what it was told of, and how often somebody came in."""

    def __init__(self, pki, listener, per_address=4):
        self.pki, self.listener = pki, listener
        self.errors: list[Exception] = []
        self.came = threading.Semaphore(0)
        self.slots = HandshakeSlots(4, per_address)
        context = server_context(Identity(*pki.cert("snni_server")))
        self.doorway = Doorway(context, self.slots, PATIENCE_S, self._converse, lambda _, e: self.errors.append(e))
        self.thread = threading.Thread(target=self.doorway.serve, args=(listener,), daemon=True)
        self.thread.start()

    def _converse(self, channel, sock, slot):
        self.came.release()
        channel.close()

    def silent(self, source="127.0.0.1"):
        """A connection that says nothing."""
        return socket.create_connection(self.listener.getsockname(), PATIENCE_S, source_address=(source, 0))

    def comes_in(self, source="127.0.0.1"):
        """Whether somebody with a certificate from this address is let in."""
        context = client_context(Identity(*self.pki.cert("snni_client")))
        with self.silent(source) as raw:
            try:
                context.wrap_socket(raw, server_hostname="localhost").close()
            except OSError:
                return False
        return self.came.acquire(timeout=PATIENCE_S)


@contextmanager
def opened(pki, kind=socket.socket, **options):
    one = Open(pki, kind(fileno=socket.create_server(("127.0.0.1", 0)).detach()), **options)
    try:
        yield one
    finally:
        one.doorway.drain()
        one.thread.join(PATIENCE_S)
        assert not one.thread.is_alive()


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ECONNABORTED])
def test_a_failing_accept_is_told_and_the_next_comes_in(pki, number):
    with opened(pki, type("FailingSo", (Failing,), {"number": number})) as one:
        assert one.comes_in()
        assert [error.errno for error in one.errors if isinstance(error, OSError)] == [number]


def test_a_broken_listening_socket_is_raised():
    doorway = Doorway(None, HandshakeSlots(1, 1), 1.0, lambda *of: None, lambda *of: None)  # type: ignore[arg-type]
    listener = type("Broken", (Failing,), {"number": errno.EBADF})(
        fileno=socket.create_server(("127.0.0.1", 0)).detach()
    )
    with listener, pytest.raises(OSError, match="as the system says"):
        doorway.serve(listener)


def test_a_thread_that_cannot_be_had_costs_its_own_connection_alone(pki, monkeypatch):
    with opened(pki) as one:
        start, failed = threading.Thread.start, []

        def short(thread):
            if thread.name.startswith("snni-connection") and not failed:
                failed.append(thread)
                raise RuntimeError("can't start new thread")
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", short)
        assert not one.comes_in()
        assert failed and one.slots.held == 0
        assert one.comes_in()
        assert [type(error) for error in one.errors] == [RuntimeError]


def test_an_address_that_says_nothing_takes_its_own_share_only(pki):
    with opened(pki, per_address=2) as one:
        silent = [one.silent() for _ in range(2)]
        until(lambda: one.slots.held == 2)
        with one.silent() as refused:
            assert refused.recv(1) == b""
        until(lambda: one.errors)
        assert [str(error) for error in one.errors] == ["too many connections without a session from one address"]
        assert one.comes_in("127.0.0.2")
        for each in silent:
            each.close()
        until(lambda: one.slots.held == 0)
        assert one.comes_in()


def test_slots_are_counted_by_address_and_given_back_once():
    slots = HandshakeSlots(3, 2)
    first, _ = slots.take("192.0.2.1"), slots.take("192.0.2.1")
    with pytest.raises(PeerError, match="one address"):
        slots.take("192.0.2.1")
    slots.take("192.0.2.2")
    with pytest.raises(PeerError, match=r"without a session$"):
        slots.take("192.0.2.3")
    first.release()
    first.release()
    assert slots.held == 2
    slots.take("192.0.2.1")


def test_who_has_a_network_of_ipv6_has_one_share():
    """A machine that comes from another of its addresses each time leaves the others their places."""
    slots = HandshakeSlots(4, 2)
    taken = [slots.take(f"2001:db8:0:1::{host:x}") for host in (1, 2)]
    with pytest.raises(PeerError, match="from one address"):
        slots.take("2001:db8:0:1:ffff:ffff:ffff:ffff")
    others = [slots.take("2001:db8:0:2::1"), slots.take("192.0.2.1")]
    for slot in (*taken, *others):
        slot.release()
    assert slots.held == 0


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
    ],
)
def test_whose_share_a_connection_takes(address, source):
    assert source_of(address) == source
