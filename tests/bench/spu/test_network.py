"""The network that SPU gets is the bundle's: its real numbers are the plan's integers wherever nothing is rounded."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from bench.spu.measure import difference
from bench.spu.network import NotCarriedOver, RealNetwork, real_network
from snni.model.bundle import Bundle
from snni.model.plan import Plan
from snni.model.reference import Reference
from snni.model.steps import Add, Argmax, Concat, Conv, Flatten, MaxPool, Relu, Rescale, Step, SumPool
from snni.model.values import ValueSpec
from tests.support.networks import grey

SHAPE = (2, 11, 11)
PAIR, ONE, NONE = (3, 3), (1, 1), (0, 0)


def conv(name: str, x: str, out: int, padding: tuple[int, int] = NONE, groups: int = 1) -> Conv:
    return Conv(
        name=name, x=x, y=name, out_channels=out, groups=groups, ring_bits=24, kernel=PAIR, stride=ONE, padding=padding
    )


STEPS: tuple[Step, ...] = (
    conv("a", "x", 3),  # 9 x 9
    MaxPool(name="b", x="a", y="b", kernel=PAIR, stride=(2, 2), padding=NONE, ceil_mode=False, shift=3, window=21),
    Relu(name="c", x="b", y="c", shift=0, window=21, out_bits=24),  # 4 x 4
    conv("d", "c", 3, ONE),
    Add(name="e", xs=("c", "d"), y="e", out_bits=24, left_shifts=(2, 0)),
    Relu(name="f", x="e", y="f", shift=2, window=22, out_bits=24),
    conv("g", "c", 2, ONE),
    Rescale(name="h", x="g", y="h", shift=4, window=20, out_bits=24),
    Concat(name="i", xs=("f", "h"), y="i", out_bits=24),
    SumPool(name="j", x="i", y="j", kernel=(2, 2), stride=(2, 2), padding=NONE),  # 2 x 2
    Flatten(name="k", x="j", y="k"),
    Argmax(name="level", x="k", y="level", window=24),
)


def bundle(*steps: Step) -> Bundle:
    """Of weights and biases that are multiples of 16: no truncation of STEPS rounds."""
    rng = np.random.default_rng(4)
    values = {"x": ValueSpec(shape=SHAPE, ring_bits=24)}
    weights: dict[str, np.ndarray] = {}
    for step in steps:
        values[step.y] = step.infer([values[x] for x in step.inputs])
        for tensor in step.tensors(values[step.inputs[0]]):
            drawn = 16 * rng.integers(-2, 3, tensor.shape)
            weights[f"{step.name}.{tensor.name}"] = (drawn % (1 << 24) if tensor.name == "bias" else drawn).astype(
                tensor.dtype
            )
    last = steps[-1]
    levels = values[last.inputs[0]].elements
    plan = Plan(
        name="t", input="x", output=last.y, input_shape=SHAPE, input_bits=24, values=values, steps=steps, levels=levels
    )
    return Bundle(plan, weights)


def computed(network: RealNetwork, pixels: np.ndarray) -> np.ndarray:
    """Its scores by torch, in doubles."""
    values = {network.input: torch.from_numpy(network.images(pixels)).double().permute(0, 3, 1, 2)}
    for step in network.steps:
        xs = [values[x] for x in step["xs"]]
        match step["op"]:
            case "conv":
                weight = torch.from_numpy(network.tensors[f"{step['name']}.weight"]).double().permute(3, 2, 0, 1)
                bias = torch.from_numpy(network.tensors[f"{step['name']}.bias"]).double()
                y = F.conv2d(xs[0], weight, bias, step["stride"], step["padding"])
            case "relu":
                y = F.relu(xs[0])
            case "maxpool":
                y = F.max_pool2d(xs[0], step["kernel"], step["stride"], step["padding"])
            case "sumpool":
                y = F.avg_pool2d(xs[0], step["kernel"], step["stride"], step["padding"], divisor_override=1)
            case "add":
                y = xs[0] + xs[1]
            case "concat":
                y = torch.cat(xs, 1)
            case "flatten":
                y = xs[0].flatten(1)[..., None, None]
            case _:
                y = xs[0]
        values[step["y"]] = y
    return values[network.steps[-1]["y"]].flatten(1).numpy()


def test_where_nothing_is_rounded_both_are_the_same_numbers() -> None:
    made = bundle(*STEPS)
    network = real_network(made)
    pixels = np.random.default_rng(2).integers(0, 256, (3, *SHAPE), np.uint8)
    runs = [Reference(made.plan, made.weights).run(image) for image in pixels]
    assert not any(sum(run.overflows.values()) for run in runs)
    expected = np.stack([run.scores for run in runs]) / 2.0**network.scale
    assert np.ptp(expected) > 1
    assert np.allclose(computed(network, pixels), expected, rtol=0, atol=1e-6 * np.ptp(expected))


def test_a_compiled_networks_real_numbers_are_near_its_integers() -> None:
    """Rounding is all that lies between them: levels apart by less than their spread."""
    made = grey()
    network, reference = real_network(made), Reference(made.plan, made.weights)
    pixels = np.random.default_rng(2).integers(0, 256, (3, *made.plan.input_shape), np.uint8)
    integers = np.stack([reference.run(image).scores for image in pixels]) / 2.0**network.scale
    assert 0 < difference(integers, computed(network, pixels)) < 0.5


def test_weights_are_exact_in_18_bits_below_the_point() -> None:
    for tensor in real_network(grey()).tensors.values():
        scaled = tensor.astype(np.float64) * 2**18
        assert np.array_equal(scaled, np.round(scaled))


@pytest.mark.parametrize(
    "steps, said",
    [
        ((conv("a", "x", 2, groups=2), Flatten(name="k", x="a", y="k")), "groups"),
        (
            (
                MaxPool(
                    name="b",
                    x="x",
                    y="b",
                    kernel=(2, 2),
                    stride=(2, 2),
                    padding=NONE,
                    ceil_mode=True,
                    shift=0,
                    window=24,
                ),
                Flatten(name="k", x="b", y="k"),
            ),
            "edge",
        ),
        (
            (
                Relu(name="a", x="x", y="a", shift=1, window=20, out_bits=24),
                Add(name="b", xs=("x", "a"), y="b", out_bits=24),
                Flatten(name="k", x="b", y="k"),
            ),
            "scale in common",
        ),
    ],
)
def test_what_spu_is_not_given_is_named(steps, said) -> None:
    with pytest.raises(NotCarriedOver, match=said):
        real_network(bundle(*steps, Argmax(name="level", x="k", y="level", window=24)))
