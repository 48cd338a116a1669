"""Declared bytes and flights are the measured ones, headers included, online and offline."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ideal_ots import IdealReceiver, IdealSender, both

from snni.nonlinear import cost
from snni.nonlinear.argmax import ArgmaxClient, ArgmaxServer, ArgmaxShape
from snni.nonlinear.gate import GateClient, GateServer, GateShape
from snni.nonlinear.maxpool import MaxPoolClient, MaxPoolServer, MaxPoolShape
from snni.nonlinear.rescale import RescaleClient, RescaleServer, RescaleShape
from snni.ot import Direction, OtParams, OtReceiver, OtSender
from snni.transport import HEADER

SMALL = OtParams(k=4, chunk=512)
SILENT = OtParams(k=4, chunk=1024, extension="ferret", lpn=16)


class Meter:
    """What passed over a channel since the last reading, as the client's end counts it."""

    def __init__(self, channel):
        self._channel = channel
        self.read()

    def read(self):
        before = getattr(self, "_at", (0, 0))
        self._at = (self._channel.bytes_sent, self._channel.bytes_received)
        self._channel._last, flights, self._channel.flights = "", self._channel.flights, 0
        return cost.Cost(self._at[0] - before[0], self._at[1] - before[1], flights)


def measured(client, server, x, *, real=None, mask=None):
    """(offline, online) of one evaluation of a layer's two ends. real: parameters of real transfers, or None."""

    def here(channel):
        receiver = OtReceiver(channel, Direction.S_SENDS, real) if real else IdealReceiver(1)
        sender = OtSender(channel, Direction.C_SENDS, real) if real else IdealSender(2)
        if real:
            receiver.setup()
            sender.setup()
        meter = Meter(channel)
        if isinstance(client, GateClient):
            client.prepare_receive(receiver, x, mask, None)
        else:
            client.prepare_receive(receiver, x, None)
        if real:
            receiver.seal()
            receiver.challenge()
        client.prepare_send(sender)
        if real:
            sender.seal()
            receiver.settle()
            sender.challenge()
            sender.settle()
        client.send_choices(channel)
        offline = meter.read()
        client.run(channel)
        if isinstance(client, ArgmaxClient):
            client.reveal(channel)
        return offline, meter.read()

    def there(channel):
        sender = OtSender(channel, Direction.S_SENDS, real) if real else IdealSender(1)
        receiver = OtReceiver(channel, Direction.C_SENDS, real) if real else IdealReceiver(2)
        if real:
            sender.setup()
            receiver.setup()
        server.prepare_send(sender)
        if real:
            sender.seal()
            sender.challenge()
        server.prepare_receive(receiver)
        if real:
            receiver.seal()
            sender.settle()
            receiver.challenge()
            receiver.settle()
        server.receive_choices(channel)
        share = server.run(channel, x)
        if isinstance(server, ArgmaxServer):
            server.reveal(channel, share)

    return both(here, there)[0]


def zeros(*shape):
    return np.zeros(shape, np.uint32)


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 70), window=st.integers(2, 31), extra=st.integers(0, 9), lanes=st.integers(1, 2))
def test_gate(n, window, extra, lanes):
    bits = min(32, window + extra)
    shape = GateShape(n, window, bits, extend=bits > window, lanes=lanes if bits == window else 1)
    x = zeros(shape.payload)
    _, online = measured(GateClient(shape), GateServer(shape), x, mask=x)
    assert online == cost.gate_cost(shape)


both_extensions = pytest.mark.parametrize("params", [SMALL, SILENT], ids=["softspoken", "ferret"])


@both_extensions
@pytest.mark.parametrize(("n", "window", "bits"), [(1, 5, 5), (300, 9, 20), (1111, 13, 13), (700, 20, 24)])
def test_gate_over_real_transfers(n, window, bits, params):
    shape = GateShape(n, window, bits, extend=bits > window)
    x = zeros(n)
    offline, online = measured(GateClient(shape), GateServer(shape), x, real=params, mask=x)
    assert online == cost.gate_cost(shape)
    assert offline == cost.offline_cost([shape], params)


@both_extensions
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, 2, 0), (3, 2, 1)])
def test_maxpool(kernel, stride, padding, params):
    side = (9 + 2 * padding - kernel) // stride + 1
    shape = MaxPoolShape((2, 9, 9), (2, side, side), (kernel,) * 2, (stride,) * 2, (padding,) * 2, 20, 5, 13)
    offline, online = measured(MaxPoolClient(shape), MaxPoolServer(shape), zeros(2, 9, 9), real=params)
    assert online == cost.maxpool_cost(shape)
    assert offline == cost.offline_cost([shape.gate(turn) for turn in shape.rounds], params)


@both_extensions
@pytest.mark.parametrize("values", [2, 5])
def test_argmax(values, params):
    shape = ArgmaxShape(values, 18)
    offline, online = measured(ArgmaxClient(shape), ArgmaxServer(shape), zeros(values), real=params)
    assert online == cost.argmax_cost(shape)
    assert offline == cost.offline_cost([shape.gate(pairs) for pairs in shape.rounds], params)


@both_extensions
@pytest.mark.parametrize("n", [1, 700])
def test_rescale(n, params):
    shape = RescaleShape((n, 1, 1), 20, 4, 12, 24)
    offline, online = measured(RescaleClient(shape), RescaleServer(shape), zeros(n, 1, 1), real=params)
    assert online == cost.rescale_cost(shape)
    assert offline == cost.offline_cost([], params, [shape])


def test_a_comparison_of_twelve_bits_by_hand():
    """Three digits: leaves of 16, 32 and 32 bits; ANDs open 2 bits, of which the server sends none at leaves."""
    shape = GateShape(8, 13, 13, extend=False)
    server, client = cost.compare_messages(shape.compare, 0, 0)
    assert server == [80, 1] and client == [4]
    assert cost.gate_messages(shape) == (80, 4, 1 + 1, 1, 13, 26)
    assert cost.gate_cost(shape) == cost.Cost(31 + 3 * HEADER.size, 95 + 3 * HEADER.size, 6)
