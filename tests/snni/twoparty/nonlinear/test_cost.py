"""Declared bytes and flights are the measured ones, headers included, online and offline."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni.twoparty.nonlinear.all_pairs import AllPairsClient, AllPairsServer, AllPairsShape
from snni.twoparty.nonlinear.argmax import ArgmaxClient, ArgmaxServer, ArgmaxShape
from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.nonlinear.correlations import offline_traffic
from snni.twoparty.nonlinear.gate import GateClient
from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.gates import gate_client, gate_server
from snni.twoparty.nonlinear.maxpool import MaxPoolClient, MaxPoolServer, MaxPoolShape
from snni.twoparty.nonlinear.rescale import RescaleClient, RescaleServer, RescaleShape
from snni.twoparty.nonlinear.tables import TABLES
from snni.twoparty.nonlinear.two_flights import TwoFlightClient
from snni.twoparty.ot import Direction, OtParams, OtReceiver, OtSender
from snni.wire.framing import HEADER
from snni.wire.traffic import Traffic
from snni.wire.turns import alone
from tests.support.ideal_ots import IdealReceiver, IdealSender, both

SMALL = OtParams(k=4, chunk=640)
SILENT = OtParams(k=4, chunk=1280, extension="ferret", lpn=16)


both_extensions = pytest.mark.parametrize("params", [SMALL, SILENT], ids=["softspoken", "ferret"])
comparisons = pytest.mark.parametrize("comparison", COMPARISONS.values(), ids=list(COMPARISONS))


class Meter:
    """What passed over a channel since the last reading, as the client's end counts it."""

    def __init__(self, channel):
        self._channel = channel
        self.read()

    def read(self):
        before = getattr(self, "_at", (0, 0))
        self._at = (self._channel.bytes_sent, self._channel.bytes_received)
        self._channel._last, flights, self._channel.flights = "", self._channel.flights, 0
        return Traffic(self._at[0] - before[0], self._at[1] - before[1], flights)


def measured(client, server, x, *, real=None, mask=None):
    """(offline, online) of one evaluation. client and server: (prepare_receive, prepare_send, run) bound objects."""

    def here(channel):
        receiver = OtReceiver(channel, Direction.S_SENDS, real) if real else IdealReceiver(1)
        sender = OtSender(channel, Direction.C_SENDS, real) if real else IdealSender(2)
        if real:
            receiver.setup()
            sender.setup()
        meter = Meter(channel)
        if isinstance(client, GateClient | TwoFlightClient):
            client.prepare_receive(receiver, x, mask, None)
        else:
            client.prepare_receive(receiver, x, None)
        if real:
            receiver.begin_check()
            receiver.exchange_challenge()
        client.prepare_send(sender)
        if real:
            sender.begin_check()
            receiver.finish_check()
            sender.exchange_challenge()
            sender.finish_check()
        client.send_prepared(channel)
        offline = meter.read()
        alone(channel, client.turns())
        if isinstance(client, ArgmaxClient | AllPairsClient):
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
            sender.begin_check()
            sender.exchange_challenge()
        server.prepare_receive(receiver)
        if real:
            receiver.begin_check()
            sender.finish_check()
            receiver.exchange_challenge()
            receiver.finish_check()
        server.receive_prepared(channel)
        share = alone(channel, server.turns(x))
        if isinstance(server, ArgmaxServer | AllPairsServer):
            server.reveal(channel, share)

    return both(here, there)[0]


def zeros(*shape):
    return np.zeros(shape, np.uint32)


@comparisons
@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 70), window=st.integers(2, 31), extra=st.integers(0, 9), lanes=st.integers(1, 2))
def test_gate(n, window, extra, lanes, comparison):
    bits = min(32, window + extra)
    lanes = lanes if bits == window else 1
    shape = GateShape(n, window, bits, extend=bits > window, lanes=lanes, comparison=comparison)
    x = zeros(shape.payload)
    _, online = measured(gate_client(shape), gate_server(shape), x, mask=x)
    assert online == shape.traffic


@both_extensions
@pytest.mark.parametrize(("n", "window", "bits"), [(1, 5, 5), (300, 9, 20), (1111, 13, 13), (700, 20, 24)])
@comparisons
def test_gate_over_real_transfers(n, window, bits, comparison, params):
    shape = GateShape(n, window, bits, extend=bits > window, comparison=comparison)
    x = zeros(n)
    offline, online = measured(gate_client(shape), gate_server(shape), x, real=params, mask=x)
    assert online == shape.traffic
    assert offline == offline_traffic(shape.correlations, params)


@both_extensions
@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, 2, 0), (3, 2, 1)])
@comparisons
def test_maxpool(kernel, stride, padding, comparison, params):
    side = (9 + 2 * padding - kernel) // stride + 1
    shape = MaxPoolShape(
        (2, 9, 9), (2, side, side), (kernel,) * 2, (stride,) * 2, (padding,) * 2, 20, 5, 13, comparison
    )
    offline, online = measured(MaxPoolClient(shape), MaxPoolServer(shape), zeros(2, 9, 9), real=params)
    assert online == shape.traffic
    assert offline == offline_traffic(shape.correlations, params)


@both_extensions
@pytest.mark.parametrize("values", [2, 5])
@comparisons
def test_argmax(values, comparison, params):
    shape = ArgmaxShape(values, 18, comparison)
    offline, online = measured(ArgmaxClient(shape), ArgmaxServer(shape), zeros(values), real=params)
    assert online == shape.traffic
    assert offline == offline_traffic(shape.correlations, params)


@both_extensions
@pytest.mark.parametrize(("values", "window"), [(2, 7), (4, 15), (4, 18)])
@comparisons
def test_all_pairs(values, window, comparison, params):
    shape = AllPairsShape(values, window, comparison)
    offline, online = measured(AllPairsClient(shape), AllPairsServer(shape), zeros(values), real=params)
    assert online == shape.traffic
    assert offline == offline_traffic(shape.correlations, params)


@both_extensions
@pytest.mark.parametrize(("window", "ignored", "slot_bits"), [(11, 3, 7), (12, 3, 8), (18, 0, 8)])
def test_wide_lookups_over_real_transfers(window, ignored, slot_bits, params):
    shape = GateShape(700, window, 20, True, ignored=ignored, slot_bits=slot_bits)
    x = zeros(700)
    offline, online = measured(gate_client(shape), gate_server(shape), x, real=params, mask=x)
    assert online == shape.traffic
    assert offline == offline_traffic(shape.correlations, params)


def test_all_pairs_of_four_by_hand():
    """Six pairs, fourteen bits: words of 256 and of 128 slots, one carry bit each between them; then the choice among
    64 slots of two bits."""
    shape = AllPairsShape(4, 15)
    assert (shape.compare.digits, shape.compare.indices) == ((8, 6), (8, 7))
    assert shape.messages == (6 * 32, 1, 6 * 16, 1) and shape.reveal_bytes == 16
    assert shape.traffic == Traffic(2 + 2 * HEADER.size, 304 + 3 * HEADER.size, 5)


@both_extensions
@pytest.mark.parametrize("n", [1, 700])
def test_rescale(n, params):
    shape = RescaleShape((n, 1, 1), 20, 4, 12, 24)
    offline, online = measured(RescaleClient(shape), RescaleServer(shape), zeros(n, 1, 1), real=params)
    assert online == shape.traffic
    assert offline == offline_traffic(shape.correlations, params)


def test_a_gate_of_thirteen_bits_by_hand():
    """Twelve bits in three digits: words of 32, 32 and 16 slots; the client's choices 5, 4 and 3 bits; one carry bit
    each between digits. With the first 13 bits of z, with the last d_s under its mask; then d_c's, and one word."""
    shape = GateShape(8, 13, 13, extend=False)
    assert (shape.compare.digits, shape.compare.indices) == ((5, 4, 3), (5, 5, 4))
    assert shape.messages == (32 + 13, 1, 32, 1, 16 + 1, 1 + 13)
    assert shape.correlations.prepared == (5 + 4 + 3, 13)
    assert shape.traffic == Traffic(16 + 3 * HEADER.size, 94 + 3 * HEADER.size, 6)


def test_the_tables_of_thirteen_bits_by_hand():
    """Offline 5 swaps of 16 bits, twice, and 4 of 8, then a word of 20 and five of 7; online the shifts, an opening, a
    masked msb and z; two openings; as above."""
    shape = GateShape(8, 13, 20, extend=True, comparison=TABLES)
    assert shape.correlations.prepared == (80 + 80 + 32, 20 + 35)
    assert shape.messages == (12 + 1 + 1 + 20, 2, 1 + 1, 1 + 20)


def test_a_gate_in_two_flights_by_hand():
    """Seven bits in two digits, by tables of 16 entries: offline four swaps of 8 bits each, then two words of 9; online
    seven bits, an opening, two masked bits, two of the wrap, a share of 11; another opening, the masked bit, two words
    of 20 and one. 67 bits a value, in place of the leaf's 76 in four messages."""
    shape = GateShape(8, 11, 20, extend=True, comparison=TABLES, ignored=3)
    assert (shape.compare.digits, shape.compare.indices) == ((4, 3), (4, 4))
    assert shape.correlations.prepared == (32 + 32, 18)
    assert shape.messages == (7 + 1 + 2 + 2 + 11, 1 + 1 + 42)
    assert sum(shape.messages) == 67
    assert sum(GateShape(8, 11, 20, extend=True, ignored=3).messages) == 76
    needed = shape.correlations
    assert (needed.server_sends, sum(each for _, each in needed.client_sends)) == (((8, 1),), 8 + 2 + 2)


def test_transfers_an_element_stay_below_twelve_at_two_digits():
    """Nine bits' worth of lookups for eight, one product, one or two for the steered messages."""
    for window, bits, transfers in ((9, 9, 11), (9, 18, 12), (10, 10, 12), (10, 18, 13)):
        needed = GateShape(1, window, bits, extend=bits > window).correlations
        assert sum(n * each for n, each in needed.server_sends + needed.client_sends) == transfers
