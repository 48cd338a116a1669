"""A video's label between two parties: the law's, within what truncations by chance allow; costs as declared."""

import numpy as np
import pytest

from snni.errors import ParameterError
from snni.model.video_label import LabelLaw, probabilities
from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.nonlinear.label import LabelClient, LabelServer, LabelShape
from snni.twoparty.nonlinear.lookup import LookupClient, LookupServer, LookupShape
from snni.twoparty.nonlinear.multiply import ProductClient, ProductServer, ProductShape
from snni.wire.framing import HEADER
from snni.wire.turns import alone
from tests.support.ideal_ots import IdealReceiver, IdealSender, both


def masked(x, bits, rng):
    c = rng.integers(0, 1 << bits, np.shape(x), dtype=np.int64)
    return c.astype(np.uint32), ((np.asarray(x) - c) % (1 << bits)).astype(np.uint32)


def run(client, server, c, s, reveal=False):
    """(the client's shares or the opened result, the server's shares, client's bytes sent and received online)."""

    def here(channel):
        out = client.prepare_receive(IdealReceiver(1), *c)
        client.prepare_send(IdealSender(2))
        client.send_prepared(channel)
        ahead = channel.bytes_sent
        alone(channel, client.turns())
        if reveal:
            out = client.reveal(channel)
        return out, (channel.bytes_sent - ahead, channel.bytes_received), ahead

    def there(channel):
        server.prepare_send(IdealSender(1))
        server.prepare_receive(IdealReceiver(2))
        server.receive_prepared(channel)
        out = alone(channel, server.turns(*s))
        if reveal:
            server.reveal(channel, out)
        return out

    mine, theirs, _ = both(here, there)
    return mine, theirs


def costs_as_declared(shape, online, ahead):
    assert online == (shape.traffic.from_client, shape.traffic.from_server)
    assert ahead == sum(HEADER.size + payload for payload in shape.correlations.prepared)


@pytest.mark.parametrize("bits", [1, 4, 11])
def test_a_table_gives_the_function_of_every_value(bits):
    rng = np.random.default_rng(bits)
    function = rng.integers(0, 1 << 20, 1 << bits).astype(np.uint32)
    shape = LookupShape(1 << min(bits, 5), bits, 20)
    x = rng.permutation(1 << bits)[: shape.n]
    c, s = masked(x, bits, rng)
    (mask, online, ahead), got = run(LookupClient(shape, function), LookupServer(shape), (c, None), (s,))
    assert np.array_equal((got + mask) % (1 << 20), function[x])
    costs_as_declared(shape, online, ahead)


def test_products_are_exact_mod_the_ring():
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 1 << 32, (2, 100))
    (c_x, s_x), (c_y, s_y) = masked(x, 32, rng), masked(y, 32, rng)
    shape = ProductShape(100)
    (mask, online, ahead), got = run(ProductClient(shape), ProductServer(shape), (c_x, c_y, None), (s_x, s_y))
    assert np.array_equal(got + mask, x.astype(np.uint32) * y.astype(np.uint32))
    costs_as_declared(shape, online, ahead)


@pytest.mark.parametrize("comparison", COMPARISONS.values(), ids=list(COMPARISONS))
@pytest.mark.parametrize(("bits", "classes", "frames"), [(20, 8, 10), (16, 4, 1), (24, 7, 5)])
def test_labels_are_the_laws(bits, classes, frames, comparison):
    rng = np.random.default_rng(bits)
    law = LabelLaw(bits, classes, frames)
    shape = LabelShape(law, comparison)
    sure = 0
    for _ in range(8):
        scores = rng.integers(-(1 << (bits - 1)), 1 << (bits - 1), (frames, classes)) >> rng.integers(0, bits - 2)
        c, s = masked(scores, bits, rng)
        (label, online, ahead), _ = run(LabelClient(shape), LabelServer(shape), (c,), (s,), reveal=True)
        costs_as_declared(shape, online, ahead)
        drawn = [probabilities(law, scores, np.random.default_rng(i)).sum(axis=0) for i in range(8)]
        # Each frame's probabilities move by less than 2^-7 of one in all whatever is drawn (test_video_label.py).
        least = np.sort(np.mean(drawn, axis=0))[-2:]
        if least[1] - least[0] > frames * 2.0**-6 * (1 << 22):
            assert {label} == {int(np.argmax(total)) for total in drawn}
            sure += 1
        assert 0 <= label < classes
    assert sure


def test_frames_of_negative_scores_count_for_every_class_alike():
    law = LabelLaw(16, 4, 3)
    scores = np.array([[-5, -1, -2, -3], [-5, -1, -2, -3], [0, 0, 0, 7]])
    c, s = masked(scores, 16, np.random.default_rng(3))
    (label, _, _), _ = run(LabelClient(LabelShape(law)), LabelServer(LabelShape(law)), (c,), (s,), reveal=True)
    assert label == 3


def test_scores_too_narrow_are_refused():
    with pytest.raises(ParameterError, match="scores of 12 bits"):
        LabelShape(LabelLaw(12, 4, 1))
