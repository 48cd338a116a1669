"""Two parties that write to each other at once, over streams that hold far less than they write."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count

import pytest

from snni.errors import PeerError, SnniError
from snni.session.tls import Identity, client_context, server_context
from snni.wire.channel import refuse
from snni.wire.framing import HEADER
from snni.wire.socket_channel import MAX_UNREAD_BYTES, SocketChannel
from tests.support.waiting import PATIENCE_S

TAG = 0x70
LARGE = 1 << 22
"""Bytes of a message: more than the kernel keeps for a stream of HELD bytes at either end."""
HELD = 1 << 14


def narrow() -> tuple[socket.socket, socket.socket]:
    ends = socket.socketpair()
    for end in ends:
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            end.setsockopt(socket.SOL_SOCKET, option, HELD)
        end.settimeout(PATIENCE_S)
    return ends


@pytest.fixture(params=["plain", "TLS"])
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[SocketChannel, SocketChannel]]:
    here, there = narrow()
    if request.param == "TLS":
        pki = request.getfixturevalue("pki")
        server = server_context(Identity(*pki.cert("snni_server")))
        client = client_context(Identity(*pki.cert("snni_client")))
        with ThreadPoolExecutor(1) as threads:
            accepted = threads.submit(server.wrap_socket, there, server_side=True)
            here = client.wrap_socket(here, server_hostname="localhost")
            there = accepted.result()
    channels = SocketChannel(here), SocketChannel(there)
    for channel in channels:
        channel.most_unread = MAX_UNREAD_BYTES
    yield channels
    for channel in channels:
        channel.close()


def talk(channel: SocketChannel, ours: list[bytes], theirs: list[bytes]) -> list[bytes]:
    for message in ours:
        channel.send(TAG, message)
    return [bytes(channel.recv(TAG, len(message))) for message in theirs]


def test_both_may_write_more_than_the_stream_holds_before_either_reads(ends) -> None:
    here, there = ends
    ours = [bytes([i]) * (LARGE + i) for i in range(3)]
    theirs = [bytes([100 + i]) * (LARGE - i) for i in range(3)]
    with ThreadPoolExecutor(2) as threads:
        one, other = threads.submit(talk, here, ours, theirs), threads.submit(talk, there, theirs, ours)
        assert one.result() == theirs and other.result() == ours
    assert here.bytes_sent == there.bytes_received == sum(map(len, ours)) + 3 * HEADER.size
    assert here.bytes_received == there.bytes_sent == sum(map(len, theirs)) + 3 * HEADER.size


@pytest.mark.parametrize("most", [LARGE, 0])
def test_what_a_peer_writes_meanwhile_is_kept_up_to_a_bound(most: int) -> None:
    """A peer that writes and does not read is given up, and has not filled the memory."""
    here, there = narrow()
    here.settimeout(0.5)
    channel, stop = SocketChannel(here), threading.Event()
    channel.most_unread = most

    def floods() -> None:
        there.settimeout(0.1)
        while not stop.is_set():
            try:
                there.send(bytes(LARGE))
            except OSError:
                continue

    thread = threading.Thread(target=floods)
    thread.start()
    with pytest.raises(PeerError, match="too slow"):
        channel.send(TAG, bytes(LARGE))
    assert len(channel._unread) <= (most + (1 << 16) if most else 0)
    stop.set()
    thread.join()
    channel.close()
    there.close()


def test_a_peer_that_goes_on_writing_keeps_no_writer_past_its_deadline() -> None:
    here, there = socket.socketpair()
    here.settimeout(1.0)
    there.setblocking(False)
    with suppress(BlockingIOError):
        while there.send(bytes(LARGE)):
            pass
    early = iter([0.0, 0.0])  # when the message begins, and when it first waits
    channel = SocketChannel(here, lambda: next(early, 1e9))
    channel.most_unread = MAX_UNREAD_BYTES
    with pytest.raises(PeerError, match="too slow"):
        channel.send(TAG, bytes(LARGE))
    assert 0 < len(channel._unread) <= 1 << 16
    channel.close()
    there.close()


def heard(channel: SocketChannel) -> tuple[list[bytes], SnniError]:
    """All frames, and what came instead of the next."""
    frames = []
    try:
        while True:
            frames.append(bytes(channel.recv(TAG, 100)))
    except SnniError as error:
        return frames, error


def test_after_half_a_frame_nothing_is_sent(ends) -> None:
    """A refusal would be its rest, and what is left of it a frame that no network makes: a fault of who sent it."""
    here, there = ends
    here.settimeout(0.2)
    with pytest.raises(PeerError, match="too slow"):
        for number in count():
            here.send(TAG, b"%100d" % number)
    here.settimeout(PATIENCE_S)
    with ThreadPoolExecutor(1) as threads:
        reads = threads.submit(heard, there)
        refuse(here, "x" * 400)
        frames, error = reads.result()
    assert frames == [b"%100d" % number for number in range(len(frames))] and len(frames) in (number, number + 1)
    assert type(error) is PeerError


def test_what_a_peer_wrote_before_it_left_is_still_read() -> None:
    """Its refusal says why; a stream that has ended one way is no reason to lose it."""
    here, there = narrow()
    mine, theirs = SocketChannel(here), SocketChannel(there)
    mine.most_unread = MAX_UNREAD_BYTES
    theirs.send(TAG, b"why")
    there.shutdown(socket.SHUT_WR)
    with ThreadPoolExecutor(1) as threads:
        heard = threads.submit(theirs.recv, TAG, LARGE)
        mine.send(TAG, bytes(LARGE))
        assert len(heard.result()) == LARGE
    assert bytes(mine.recv(TAG, 100)) == b"why"
    with pytest.raises(PeerError, match="closed the stream"):
        mine.recv(TAG, 100)
    mine.close()
    theirs.close()
