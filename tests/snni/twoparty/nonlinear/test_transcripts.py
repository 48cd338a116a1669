"""What the parties see of a gate over real transfers is uniform; what a hostile party sends ends in a typed error."""

import socket
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snni.errors import PeerError, WireError
from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.gates import gate_client, gate_server
from snni.twoparty.nonlinear.tags import Tag
from snni.twoparty.ot import Direction, OtReceiver, OtSender
from snni.wire.framing import HEADER, VERSION
from snni.wire.socket_channel import SocketChannel
from snni.wire.turns import alone
from tests.support.chance import assert_uniform_bytes
from tests.support.ideal_ots import IdealReceiver, IdealSender, both
from tests.support.waiting import PATIENCE_S

N = 1 << 13
EXTENSION_HEADER = {0x16: 16, 0x17: 16}  # tag -> leading bytes that are public (snni/native/twoparty/ot/wire.h)


def received(c, s, shape):
    """Payloads by receiving party and tag, of preparation and run over real transfers, public headers cut off."""
    seen = {"client": [], "server": []}

    def listen(channel, party):
        take = channel.recv

        def recv(tag, *limit):
            payload = take(tag, *limit)
            seen[party].append((tag, bytes(payload)[EXTENSION_HEADER.get(tag, 0) :]))
            return payload

        channel.recv = recv

    def client(channel):
        receiver, sender = OtReceiver(channel, Direction.S_SENDS), OtSender(channel, Direction.C_SENDS)
        receiver.setup()
        sender.setup()
        listen(channel, "client")
        gate = gate_client(shape)
        mask = np.frombuffer(np.random.default_rng().bytes(4 * shape.n), np.uint32) & np.uint32((1 << shape.bits) - 1)
        gate.prepare_receive(receiver, c, mask, None)
        gate.prepare_send(sender)
        gate.send_prepared(channel)
        alone(channel, gate.turns())

    def server(channel):
        sender, receiver = OtSender(channel, Direction.S_SENDS), OtReceiver(channel, Direction.C_SENDS)
        sender.setup()
        receiver.setup()
        listen(channel, "server")
        gate = gate_server(shape)
        gate.prepare_send(sender)
        gate.prepare_receive(receiver)
        gate.receive_prepared(channel)
        alone(channel, gate.turns(s))

    both(client, server)
    return seen


@pytest.mark.parametrize(("c", "s"), [(0, 0), (1234, (1 << 13) - 1234), (4095, 4096)])
@pytest.mark.parametrize(
    ("comparison", "ignored"),
    [(COMPARISONS["leaf"], 0), (COMPARISONS["tables"], 0), (COMPARISONS["tables"], 3)],
    ids=["leaf", "tables", "two flights"],
)
def test_what_each_party_receives_is_uniform_whatever_the_operands(c, s, comparison, ignored):
    """Constant operands, zeros among them, over many instances; every message of both phases, both directions."""
    shape = GateShape(N, 13, 20, extend=True, comparison=comparison, ignored=ignored)
    seen = received(np.full(N, c, np.uint32), np.full(N, s, np.uint32), shape)
    ours = {"leaf": ({Tag.LEAF, Tag.LAST}, {Tag.CHOICES, Tag.PRODUCTS, Tag.CARRY, Tag.STEER})}
    ours["tables"] = ({Tag.SHIFTS, Tag.LAST}, {Tag.TABLES, Tag.PRODUCTS, Tag.CARRY, Tag.STEER})
    ours["two flights"] = ({Tag.SHIFTS}, {Tag.TABLES, Tag.PRODUCTS, Tag.STEER})
    name = "two flights" if shape.two_flights else comparison.name
    assert {tag for tag, _ in seen["client"]} >= {0x17} | ours[name][0]
    assert {tag for tag, _ in seen["server"]} >= {0x16} | ours[name][1]
    for party, messages in seen.items():
        for tag, payload in messages:
            assert len(payload) >= 1024
            assert_uniform_bytes(payload, (party, hex(tag)))


def test_the_measure_sees_a_mask_that_is_missing():
    """The same statistic on what would be sent without pads."""
    counted = np.random.default_rng(1).integers(0, 256, N, np.uint8) & 0xFE | (np.arange(N) % 16 == 0)
    for payload in (np.full(N, 1234, np.uint16), counted.astype(np.uint8)):
        with pytest.raises(AssertionError, match="p = "):
            assert_uniform_bytes(payload.tobytes())


class Mutating(SocketChannel):
    """Sends what it should but for its `at`-th frame, which `change` makes into raw bytes."""

    def __init__(self, sock, at, change):
        super().__init__(sock)
        self._at, self._change = at, change

    def send(self, tag, payload):
        if self._out != self._at:
            super().send(tag, payload)
            return
        body = bytes(payload)
        self._sock.sendall(self._change(tag, self._out, body))
        self._sent(len(body))


def framed(tag, sequence, body, length=None):
    return HEADER.pack(VERSION, 0, tag, len(body) if length is None else length, sequence) + body


def change_of(kind, amount, noise):
    """How a frame is spoilt; whether the receiver is bound to notice."""
    match kind:
        case "cut":
            return (lambda tag, n, body: framed(tag, n, body[: max(0, len(body) - amount)])), True
        case "extended":
            return (lambda tag, n, body: framed(tag, n, body + noise[:amount])), True
        case "garbled":
            return (lambda tag, n, body: framed(tag, n, (noise * len(body))[: len(body)])), False
        case "empty":
            return (lambda tag, n, body: framed(tag, n, b"")), True
        case "headless":
            return (lambda tag, n, body: noise + body), True
        case "short of its length":
            return (lambda tag, n, body: framed(tag, n, body[:-1], length=len(body))), True
        case "huge":
            return (lambda tag, n, body: framed(tag, n, body, length=0xFFFFFFFF)), True
        case "replayed":
            return (lambda tag, n, body: framed(tag, n + amount, body)), True
        case _:
            return (lambda tag, n, body: framed((tag + amount) % (1 << 16), n, body)), True


def run_spoilt(shape, spoiler, at, change):
    """Errors of (client, server) of one gate in which `spoiler` sends its at-th frame spoilt."""
    socks = socket.socketpair()
    errors: list = [None, None]
    for sock in socks:
        sock.settimeout(0.5)
    ends = [Mutating(s, at, change) if i == spoiler else SocketChannel(s) for i, s in enumerate(socks)]
    x = np.arange(shape.n, dtype=np.uint32)

    def client(channel):
        gate = gate_client(shape)
        gate.prepare_receive(IdealReceiver(1), x, x, None)
        gate.prepare_send(IdealSender(2))
        gate.send_prepared(channel)
        alone(channel, gate.turns())

    def server(channel):
        gate = gate_server(shape)
        gate.prepare_send(IdealSender(1))
        gate.prepare_receive(IdealReceiver(2))
        gate.receive_prepared(channel)
        alone(channel, gate.turns(x))

    def play(index, party):
        try:
            party(ends[index])
        except BaseException as error:
            errors[index] = error
        finally:
            ends[index].close()

    threads = [threading.Thread(target=play, args=(i, party)) for i, party in enumerate((client, server))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "a party hangs"
    return errors


KINDS = ["cut", "extended", "garbled", "empty", "headless", "short of its length", "huge", "replayed", "another tag"]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    window=st.sampled_from([5, 9, 13, 20]),
    spoiler=st.integers(0, 1),
    at=st.integers(0, 5),
    kind=st.sampled_from(KINDS),
    comparison=st.sampled_from(list(COMPARISONS.values())),
    amount=st.integers(1, 40),
    noise=st.binary(min_size=40, max_size=64),
)
def test_a_spoilt_message_at_any_flight_is_a_typed_error_at_the_other_party(
    window, spoiler, at, kind, amount, noise, comparison
):
    change, noticed = change_of(kind, amount, noise)
    shape = GateShape(9, window, window if window == 5 else window + 2, extend=window != 5, comparison=comparison)
    flights = len(shape.messages) // 2
    at %= flights + 2 * (1 - spoiler)  # the client sends two more: its leaf choices or its tables, and its products
    errors = run_spoilt(shape, spoiler, at, change)
    assert all(error is None or isinstance(error, WireError | PeerError) for error in errors), errors
    if noticed:
        assert isinstance(errors[1 - spoiler], WireError | PeerError)
    else:  # a garbled value is another value: the stream's integrity is TLS's
        assert not isinstance(errors[1 - spoiler], WireError)
