"""How a batch is cut into portions, and how little a frame keeps while it waits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni.errors import ParameterError
from snni.ring.random import uniform_from
from snni.twoparty.inference.client import ClientInference
from snni.twoparty.linear.client import ClientKeys, ClientLinear
from snni.twoparty.linear.geometry import ConvGeometry
from snni.twoparty.linear.portions import (
    PORTION_BITS,
    TOLERANCE,
    convolutions,
    geometry,
    layout,
    linear_traffic,
    portions,
    sizes,
)
from snni.twoparty.linear.server import ServerLinear
from snni.twoparty.offline import offline_client, offline_server
from snni.twoparty.server_model import server_model
from snni.wire.profile import Profile, stored_bytes
from tests.support.ideal_ots import both
from tests.support.networks import residual
from tests.support.secure_run import check_steps, infer

WIDE = ConvGeometry(64, 56, 56, 256, (1, 1), ring_bits=21)
DEEP = ConvGeometry(512, 7, 7, 2048, (1, 1), ring_bits=22)


def sent(shape: ConvGeometry, size: int) -> int:
    """Bytes of a portion's messages."""
    chosen = layout(shape, size)
    return chosen.upload_bytes + chosen.reply_bytes


@settings(max_examples=40)
@given(
    shape=st.builds(
        ConvGeometry,
        in_channels=st.sampled_from([3, 8, 32]),
        height=st.integers(3, 30),
        width=st.integers(3, 30),
        out_channels=st.sampled_from([4, 16, 64]),
        kernel=st.sampled_from([(1, 1), (3, 3)]),
        stride=st.sampled_from([(1, 1), (2, 2)]),
        padding=st.sampled_from([(0, 0), (1, 1)]),
        ring_bits=st.just(20),
    ),
    count=st.integers(1, 40),
)
def test_portions_cover_a_batch_and_send_hardly_more_than_the_densest_cut(shape: ConvGeometry, count: int) -> None:
    found = sizes(shape, count)
    assert sum(found) == count and set(found[:-1]) <= {found[0]} and found[-1] <= found[0]
    total = sum(sent(shape, size) for size in found)
    assert total <= 1.005 * TOLERANCE * sent(shape, count)  # rows are rounded to bytes
    assert all(size == 1 or sent(shape, size) <= 1.005 * PORTION_BITS / 8 for size in found)


def test_large_maps_are_cut_small_and_small_ones_not_at_all() -> None:
    assert max(sizes(WIDE, 32)) <= 8 and sizes(DEEP, 32) == (32,)
    per_frame = [sum(sent(DEEP, size) for size in sizes(DEEP, count)) / count for count in (1, 8, 32)]
    assert per_frame[0] > 6 * per_frame[1] > 12 * per_frame[2]


def test_portions_are_every_convolution_of_every_frame_once() -> None:
    plan = residual().plan
    done = {(p.step.name, frame) for p in portions(plan, 5) for frame in range(p.first, p.first + p.size)}
    assert done == {(step.name, frame) for step in convolutions(plan) for frame in range(5)}
    assert sum(p.size for p in portions(plan, 5)) == len(done)


def test_a_cut_batch_is_right_at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Portions of two frames, and a smaller last one."""
    pairs = "snni.twoparty.linear.portions.sizes"
    monkeypatch.setattr(pairs, lambda shape, count: (2,) * (count // 2) + (1,) * (count % 2))
    bundle = residual()
    images = np.random.default_rng(3).integers(0, 256, (5, *bundle.plan.input_shape), np.uint8)
    outcomes, revealed = infer(bundle, images, scores=False)
    for image, outcome, values in zip(images, outcomes, revealed, strict=True):
        assert check_steps(bundle, image, values) == len(bundle.plan.steps) - 1
        assert outcome.level == int(np.argmax(values[bundle.plan.scores]))


def test_a_waiting_frame_keeps_a_seed_and_its_packed_outputs() -> None:
    plan = residual().plan
    frame, other = ClientInference(plan, scores=False), ClientInference(plan, scores=False)
    assert stored_bytes(frame) < 1000
    masks = [frame.conv_mask(step) for step in convolutions(plan)]
    again = [frame.conv_mask(step) for step in convolutions(plan)]
    assert all(np.array_equal(a, b) for a, b in zip(masks, again, strict=True))
    assert not any(np.array_equal(m, other.conv_mask(s)) for m, s in zip(masks, convolutions(plan), strict=True))
    before = stored_bytes(frame)
    for step in convolutions(plan):
        frame.take_conv(step, np.zeros(plan.values[step.y].shape, np.uint32))
    bits = sum(plan.values[step.y].elements * step.ring_bits for step in convolutions(plan))
    assert bits / 8 <= stored_bytes(frame) - before <= bits / 8 + 8 * len(convolutions(plan))


def test_streams_of_a_seed_are_uniform_and_their_own() -> None:
    seed = bytes(range(16))
    first, second = uniform_from(seed, 0, (3, 1 << 14), 12), uniform_from(seed, 1, (3, 1 << 14), 12)
    assert first.shape == (3, 1 << 14) and first.max() < 1 << 12
    counts = np.bincount(first.reshape(-1), minlength=1 << 12)
    expected = first.size / (1 << 12)
    assert abs(((counts - expected) ** 2 / expected).sum() - (1 << 12)) < 6 * np.sqrt(2 * (1 << 12))
    assert abs(int((first == second).sum()) - expected) < 8 * np.sqrt(expected)
    assert np.array_equal(first.reshape(-1)[:50], uniform_from(seed, 0, (50,), 12))
    with pytest.raises(ValueError, match="seed has 16 bytes"):
        uniform_from(seed[:8], 0, (1,), 12)


def test_a_convolution_no_parameters_bear_is_refused() -> None:
    with pytest.raises(ParameterError):
        sizes(ConvGeometry(1 << 14, 8, 8, 2, (3, 3), ring_bits=26), 2)


def test_geometry_is_the_plans() -> None:
    plan = residual().plan
    for step in convolutions(plan):
        shape = geometry(step, plan)
        assert (shape.out_channels, shape.out_height, shape.out_width) == plan.values[step.y].shape


@pytest.mark.parametrize("count", [1, 3])
def test_the_linear_phase_sends_what_the_plan_costs(count: int) -> None:
    """Both ways, headers included, for one frame and for several together."""
    bundle = residual()
    plan, model, keys, profile = bundle.plan, server_model(bundle), ClientKeys.generate(), Profile()
    frames = [ClientInference(plan, scores=False) for _ in range(count)]

    def client(channel):
        offline_client(channel, plan, lambda s, n: ClientLinear(layout(geometry(s, plan), n), keys), frames, profile)

    def server(channel):
        def layer(step, size):
            return ServerLinear(layout(model.geometries[step.name], size), keys.public_key(), model.weights[step.name])

        offline_server(channel, plan, layer, count, Profile())

    both(client, server)
    declared = linear_traffic(plan, count)
    steps = profile.steps.values()
    assert (declared.from_client, declared.from_server) == (sum(s.sent for s in steps), sum(s.received for s in steps))
