"""The relay: it delays and keeps the order, passes ends and resets on, holds a bounded amount, and counts."""

import hashlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localsite.clocks import cpu_seconds
from localsite.links.link import Link
from localsite.links.relay import Relay, binary
from tests.localsite.links.wires import Server, dial, echo, nothing, read_all
from tests.support.waiting import PATIENCE_S, until

FAST = Link("fast", 0, 0.004)
SLACK_S = 0.1


@pytest.fixture
def echoing(tmp_path: Path) -> Iterator[Relay]:
    server = Server(echo)
    relay = Relay(FAST, ("127.0.0.1", server.port), "127.0.0.1", tmp_path, shape=False)
    yield relay
    relay.stop()
    server.close()


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[tuple[Relay, Server]]:
    server = Server(nothing)
    relay = Relay(FAST, ("127.0.0.1", server.port), "127.0.0.1", tmp_path, shape=False)
    yield relay, server
    relay.stop()
    server.close()


def target_of(server: Server, number: int = 0) -> socket.socket:
    """The server's end of a connection, once there."""
    until(lambda: len(server.connections) > number)
    return server.connections[number]


def test_a_round_trip_takes_the_delay_twice_and_hardly_more(tmp_path):
    server = Server(echo)
    link = Link("slow", 0, 0.03)
    relay = Relay(link, ("127.0.0.1", server.port), "127.0.0.1", tmp_path, shape=False)
    times, before = [], time.perf_counter()
    with dial(relay.port) as connection:

        def soon() -> bool:
            """A busy machine wakes nobody on time, but not each time."""
            nonlocal before
            connection.sendall(b"x")
            assert connection.recv(1) == b"x"
            now = time.perf_counter()
            times.append(now - before)
            before = time.perf_counter()
            return len(times) >= 10 and min(times[1:]) < link.round_trip_s + SLACK_S

        until(soon)
    counted = relay.stop()
    server.close()
    assert times[0] >= 2 * link.round_trip_s  # the handshake's round trip comes on top of the first
    assert min(times) >= link.round_trip_s  # earlier than due is never right
    assert counted["connections"] == 1 and counted["bytes_up"] == counted["bytes_down"] == len(times)


def test_order_is_kept_and_nothing_is_lost(echoing):
    data = os.urandom(24 << 20)
    with dial(echoing.port) as connection:
        threading.Thread(target=connection.sendall, args=(data,), daemon=True).start()
        digest, left = hashlib.sha256(), len(data)
        while left:
            got = connection.recv(min(left, 1 << 18))
            assert got
            digest.update(got)
            left -= len(got)
    assert digest.digest() == hashlib.sha256(data).digest()


def test_a_long_message_is_not_slowed_down_by_the_delay(tmp_path):
    """All of it comes within one delay: the line holds what is under way, and does not stop for answers."""
    server = Server(echo)
    link = Link("far", 0, 1.0)
    relay = Relay(link, ("127.0.0.1", server.port), "127.0.0.1", tmp_path, shape=False)
    with dial(relay.port) as connection:
        connection.sendall(b"x")
        connection.recv(1)

        def in_one_delay() -> bool:
            """In windows of 4 MB it would take eight round trips each time; a busy machine may be late now and then."""
            started = time.perf_counter()
            threading.Thread(target=connection.sendall, args=(bytes(32 << 20),), daemon=True).start()
            left = 32 << 20
            while left:
                left -= len(connection.recv(min(left, 1 << 18)))
            took = time.perf_counter() - started
            assert took >= link.round_trip_s
            return took < 4 * link.round_trip_s

        until(in_one_delay)
    relay.stop()
    server.close()


def test_the_relay_keeps_a_rate_over_all_connections(tmp_path):
    server = Server(echo)
    link = Link("thin", 4_000_000, 0.0)
    relay = Relay(link, ("127.0.0.1", server.port), "127.0.0.1", tmp_path, shape=True)
    started = time.perf_counter()

    def one() -> None:
        with dial(relay.port) as connection:
            connection.sendall(bytes(500_000))
            connection.shutdown(socket.SHUT_WR)
            assert len(read_all(connection)) == 500_000

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    took = time.perf_counter() - started
    counted = relay.stop()
    server.close()
    assert counted["bytes_up"] == counted["bytes_down"] == 1_000_000
    assert took >= 1_000_000 / link.rate


def test_half_a_connection_may_end(silent):
    relay, server = silent
    with dial(relay.port) as connection:
        connection.sendall(b"question")
        connection.shutdown(socket.SHUT_WR)
        target = target_of(server)
        assert read_all(target) == b"question"
        target.sendall(b"answer")
        target.close()
        assert read_all(connection) == b"answer"


def test_a_reset_is_passed_on(silent):
    relay, server = silent
    connection = dial(relay.port)
    connection.sendall(b"x")
    target = target_of(server)
    assert target.recv(1) == b"x"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    with pytest.raises(ConnectionResetError):
        target.recv(1)


def test_a_target_that_refuses_ends_the_connection(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    relay = Relay(FAST, ("127.0.0.1", port), "127.0.0.1", tmp_path, shape=False)
    with pytest.raises(ConnectionResetError), dial(relay.port) as connection:  # it may come before dial returns
        connection.recv(1)
    relay.stop()


def test_many_connections_at_once(echoing):
    connections = [dial(echoing.port) for _ in range(200)]
    for number, connection in enumerate(connections):
        connection.sendall(number.to_bytes(4, "big") * 100)
    for number, connection in enumerate(connections):
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == number.to_bytes(4, "big") * 100
        connection.close()
    assert echoing.stop()["connections"] == 200


def test_a_receiver_that_reads_nothing_stops_the_sender(silent):
    """What the relay holds is bounded: a sender that never ends is made to wait."""
    relay, server = silent
    with dial(relay.port) as connection:
        connection.settimeout(2)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 1 << 30:
                sent += connection.send(bytes(1 << 20))
        status = Path(f"/proc/{relay.pid}/status").read_text()
        assert int(status.split("VmHWM:", 1)[1].split()[0]) < 160 << 10  # KiB; the line of this link holds 80 MB
        target = target_of(server)
        received = 0
        connection.shutdown(socket.SHUT_WR)
        while got := len(target.recv(1 << 20)):
            received += got
        assert received == sent


def test_both_ends_hear_when_the_relay_is_killed(silent):
    relay, server = silent
    with dial(relay.port) as connection:
        connection.sendall(b"x")
        target = target_of(server)
        assert target.recv(1) == b"x"
        relay.process.kill()
        for one in (connection, target):
            try:
                assert one.recv(1) == b""
            except ConnectionResetError:
                continue
    assert relay.stop() == {}


def test_an_idle_relay_does_nothing(echoing):
    with dial(echoing.port) as connection:
        connection.sendall(b"x")
        connection.recv(1)
        before, waited = cpu_seconds(echoing.pid), threading.Event()
        waited.wait(0.3)
        assert cpu_seconds(echoing.pid) - before < 0.05


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--to", "127.0.0.1:1"], "needs --listen"),
        (["--listen", "127.0.0.1:0", "--to", "nowhere"], "not ADDRESS:PORT"),
        (["--listen", "127.0.0.1:0", "--to", "127.0.0.1:1", "--delay-us", "-3"], "not a number"),
        (["--faster"], "no such option"),
    ],
)
def test_bad_arguments_are_one_clear_line(arguments, says):
    done = subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 2 and says in done.stderr and done.stderr.count("\n") == 1
