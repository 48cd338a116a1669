"""Peers that stall, drip or stop reading: they hold nobody up, and are given up."""

import itertools
import socket
import threading
from dataclasses import replace

import pytest

from snni.errors import PeerError
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.priority import LiveFirst
from snni.wire.framing import HEADER, VERSION
from snni.wire.socket_channel import SocketChannel
from tests.snni.twoparty.session.attacking import claim, filled, picture
from tests.support.networks import residual
from tests.support.peers import peers
from tests.support.waiting import PATIENCE_S, until

BODY = 1 << 16


def test_a_client_that_stalls_in_its_inference_does_not_hold_up_the_others(served):
    with served.session() as stalled, served.session() as other:
        claim(served, filled(stalled))
        done = threading.Event()
        thread = threading.Thread(target=lambda: (filled(other).infer(picture()), done.set()))
        thread.start()
        assert done.wait(PATIENCE_S), "another session's inference keeps this one's correlations waiting"
        thread.join()


def test_a_client_that_stalls_in_its_inference_is_ended_though_it_still_pings(tmp_path, pki):
    with peers(tmp_path, pki, residual()) as served, served.session() as session:
        filled(session)
        (theirs,) = served.server.sessions
        theirs._limits = replace(
            theirs._limits, message_timeout_s=0.5
        )  # from here on: before, work takes what it takes
        claim(served, session)
        until(lambda: ("burnt", 0) in [(event, number) for event, _, number in served.events])
        assert served.server.wait_idle(PATIENCE_S)
        until(lambda: not served.server.sessions)


def test_live_work_is_given_way_to_for_a_bounded_time_in_all():
    now = [0.0]
    priority = LiveFirst(patience_s=PATIENCE_S, clock=lambda: now[0])
    with priority.live():
        assert not priority.wait_idle(0.0)
        now[0] = 2 * PATIENCE_S
        for _ in range(200):  # each would wait longer than this test may take
            priority.give_way()
    assert priority.wait_idle(0.0)


def test_bulk_work_waits_while_an_inference_is_young():
    priority, order = LiveFirst(patience_s=2 * PATIENCE_S), []
    with priority.live():
        thread = threading.Thread(target=lambda: (priority.give_way(), order.append("bulk")))
        thread.start()
        thread.join(0.1)
        order.append("live")
    thread.join(PATIENCE_S)
    assert order == ["live", "bulk"]


def test_a_frame_that_drips_in_is_cut_off():
    """A reader that comes late to it finds no whole frame either: its body would take two hours."""
    here, there = socket.socketpair()
    here.settimeout(0.4)
    channel, stop = SocketChannel(here), threading.Event()

    def drip():
        for byte in itertools.chain(HEADER.pack(VERSION, 0, hs.PING, BODY, 0), itertools.repeat(0)):
            if stop.wait(0.1):
                return
            there.sendall(bytes([byte]))

    thread = threading.Thread(target=drip)
    thread.start()
    with pytest.raises(PeerError):
        channel.recv(hs.PING, limit=BODY)
    stop.set()
    thread.join()
    channel.close()
    there.close()


def test_a_peer_that_stops_reading_is_given_up():
    here, there = socket.socketpair()
    here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    here.settimeout(0.2)
    with here, there, pytest.raises(PeerError):
        SocketChannel(here).send(hs.PING, bytes(1 << 16))


def test_closing_pulls_neither_tls_nor_the_descriptor_from_under_a_writer(served):
    channel = served.raw()
    sock = channel._sock
    entered, go_on = threading.Event(), threading.Event()
    send, errors = sock.send, []

    def held(data, flags=0):
        entered.set()
        go_on.wait(PATIENCE_S)
        return send(data, flags)

    def write():
        try:
            channel.send(hs.PING, b"never in the clear" * 1000)
        except PeerError as error:
            errors.append(error)

    sock.send = held
    thread = threading.Thread(target=write)
    thread.start()
    assert entered.wait(PATIENCE_S)
    channel.close()
    assert sock.fileno() >= 0 and sock._sslobj is not None
    go_on.set()
    thread.join(PATIENCE_S)
    assert errors and sock.fileno() == -1
    with pytest.raises(PeerError, match="closed"):
        channel.send(hs.PING, b"")
