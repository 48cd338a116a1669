"""Two whole inferences on one image with one network have no block of bytes in common, on the wire or within a run."""

import struct
from collections import defaultdict

import numpy as np
import pytest

from snni.twoparty.frames.client import ClientFrame
from snni.twoparty.frames.server import ServerFrame
from snni.twoparty.linear.client import ClientKeys, ClientLinear
from snni.twoparty.linear.layout import HEADER_BYTES
from snni.twoparty.linear.portions import geometry, layout
from snni.twoparty.linear.server import ServerLinear
from snni.twoparty.offline import REPLY, UPLOAD, offline_client, offline_server
from snni.twoparty.ot import Direction, OtReceiver, OtSender
from snni.twoparty.server_model import server_model
from snni.twoparty.suite import TRANSFERS
from snni.wire.profile import Profile
from tests.support.ideal_ots import both
from tests.support.networks import residual

# Leading bytes of a payload that say what it is, the same in every run.
PUBLIC = {
    **{UPLOAD: HEADER_BYTES, REPLY: HEADER_BYTES},
    **dict.fromkeys(range(0x10, 0x16), 4),
    **dict.fromkeys(range(0x16, 0x1A), 16),
}
# Headers within: Ferret's set-up has two extend messages after the trees (snni/native/twoparty/ot/wire.h).
EXTEND_HEADERS = [struct.pack("<BBBBIQ", 2, 4, *rest) for rest in ((0, 0, 74036, 0), (5, 0, 128, 74112))]


def run(image, ot):
    """Payloads by (receiving party, tag), public headers cut off; and each receive's (tag, limit, length)."""
    bundle, keys, params = residual(), ClientKeys.generate(), TRANSFERS[ot]
    plan, model = bundle.plan, server_model(bundle)
    payloads, limits = defaultdict(list), []

    def listen(channel, party):
        take = channel.recv

        def recv(tag, limit):
            payload = take(tag, limit)
            shown = bytes(payload)[PUBLIC.get(tag, 0) :]
            for header in EXTEND_HEADERS if ot == "ferret" and tag in (0x14, 0x15) else ():
                before, found, after = shown.partition(header)
                assert found
                shown = before + after
            payloads[party, tag].append(shown)
            limits.append((tag, limit, len(payload)))
            return payload

        channel.recv = recv
        return channel

    def client(channel):
        listen(channel, "client")
        frame = ClientFrame(plan, scores=False)
        offline_client(channel, plan, lambda s, n: ClientLinear(layout(geometry(s, plan), n), keys), [frame], Profile())
        receiver, sender = OtReceiver(channel, Direction.S_SENDS, params), OtSender(channel, Direction.C_SENDS, params)
        receiver.setup()
        sender.setup()
        frame.prepare(channel, receiver, sender)
        return frame.run(channel, image, Profile()).level

    def server(channel):
        listen(channel, "server")

        def layer(step, size):
            return ServerLinear(layout(model.geometries[step.name], size), keys.public_key(), model.weights[step.name])

        (shares,) = offline_server(channel, plan, layer, 1, Profile())
        sender, receiver = OtSender(channel, Direction.S_SENDS, params), OtReceiver(channel, Direction.C_SENDS, params)
        sender.setup()
        receiver.setup()
        frame = ServerFrame(model, shares.expand(), scores=False)
        frame.prepare(channel, sender, receiver)
        frame.run(channel, Profile())

    both(client, server)
    return payloads, limits


def blocks(payloads):
    """Every aligned block of 16 bytes, as one array of them."""
    whole = (payload[: len(payload) // 16 * 16] for several in payloads.values() for payload in several)
    return np.frombuffer(b"".join(whole), "V16")


@pytest.mark.parametrize("ot", TRANSFERS)
def test_two_runs_share_no_block(ot):
    """A repetition by chance has a probability below 2^-80: at most 2^22 blocks of 128 bits."""
    image = np.full(residual().plan.input_shape, 128, np.uint8)
    (first, limits), (second, _) = run(image, ot), run(image, ot)
    assert {key: list(map(len, value)) for key, value in first.items()} == {
        key: list(map(len, value)) for key, value in second.items()
    }
    every = np.concatenate([blocks(first), blocks(second)])
    assert 10_000 < len(every) < 1 << 22
    assert len(np.unique(every)) == len(every)
    for tag, limit, length in limits:
        assert limit == length, f"a receive of {tag:#x} would have allocated {limit} bytes for a message of {length}"


def test_the_measure_sees_a_mask_used_twice():
    payload = np.random.default_rng(1).bytes(1 << 16)
    once = blocks({0: [payload]})
    assert len(np.unique(once)) == len(once)
    again = blocks({0: [payload], 1: [payload[-4096:]]})
    assert len(np.unique(again)) < len(again)
