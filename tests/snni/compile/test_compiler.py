"""Whole networks: the integers answer as the floats do, within the error the roundings explain."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from torch import nn

from snni.compile import Compiled, compile, compile_network
from snni.compile.calibrate import encode_image
from snni.errors import BundleError, ParameterError, UnsupportedLayer
from snni.model.reference import Reference, Trace
from snni.model.steps import Conv, MaxPool, Relu, Rescale
from tests.snni.compile.networks import ResNet, SqueezeNet, images, networks, settle, teach, tinted

torch.set_num_threads(1)
SIGMAS = 6


def answers(compiled: Compiled, module: nn.Module, x: torch.Tensor) -> list[tuple[np.ndarray, Trace]]:
    """Float scores and the reference's trace for each image."""
    reference = Reference(compiled.bundle.plan, compiled.bundle.weights)
    pixels = encode_image(x)
    with torch.no_grad():
        scores = module(pixels.float() / 255).double().reshape(len(x), -1).numpy()
    return [(scores[i], reference.run(pixels[i].numpy())) for i in range(len(x))]


def assert_agrees(compiled: Compiled, module: nn.Module, x: torch.Tensor) -> int:
    """Differences of scores within SIGMAS deviations, levels equal wherever the margin is larger; how often it is."""
    decided = 0
    for wanted, trace in answers(compiled, module, x):
        error = trace.scores * compiled.score_scale - wanted
        pair = np.sqrt(compiled.expected[:, None] ** 2 + compiled.expected[None, :] ** 2)
        assert (np.abs(error[:, None] - error[None, :]) <= SIGMAS * pair + 1e-12).all()
        best = int(np.argmax(wanted))
        others = np.arange(len(wanted)) != best
        if (wanted[best] - wanted[others] > SIGMAS * pair[best, others]).all():
            decided += 1
            assert trace.level == best
    return decided


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_random_networks_agree_on_images_not_calibrated_on(network: nn.Module) -> None:
    """The same networks in every run: SIGMAS is a bound on errors that are normal on average over networks."""
    compiled = compile_network(network, [images(8, (3, 17, 19), 0)])
    assert_agrees(compiled, network, images(4, (3, 17, 19), 7))
    assert sum(compiled.agreement.overflows.values()) == 0


def assert_tells_apart(compiled: Compiled, module: nn.Module, shape: tuple[int, int, int], count: int) -> None:
    """Of the images whose margin is above two deviations, 95.4 % of a normal error, at least 95 % keep their level."""
    x = tinted(count, shape, 5)[0]
    assert_agrees(compiled, module, x)
    same = []
    for wanted, trace in answers(compiled, module, x):
        second, best = np.argsort(wanted)[-2:]
        if wanted[best] - wanted[second] > 2 * np.hypot(compiled.expected[best], compiled.expected[second]):
            same.append(trace.level == best)
    assert len(same) >= count / 8  # how many are decided depends on the float kernels that the machine has
    assert np.mean(same) >= 0.95
    assert compiled.agreement.relative_error < 0.5  # of weights at random, whose scores hardly differ
    assert sum(compiled.agreement.overflows.values()) == 0


def test_residual_network() -> None:
    torch.manual_seed(0)
    shape = (3, 64, 64)
    module = settle(ResNet(), shape)
    teach(module, module.head, *tinted(48, shape, 0))
    compiled = compile_network(module, [tinted(16, shape, 1)[0]], activation_bits=8)
    assert_tells_apart(compiled, module, shape, 32)
    assert not any(isinstance(step, Rescale) for step in compiled.bundle.plan.steps)


def test_a_trained_network_keeps_its_accuracy() -> None:
    """Stripes by direction, learnt in a few steps: all levels equal on 64 images not calibrated on."""
    torch.manual_seed(0)
    body = [nn.Conv2d(1, 8, 5, 2), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, 2), nn.ReLU()]
    module = nn.Sequential(*body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4))
    optimiser = torch.optim.Adam(module.parameters(), 0.02)
    for step in range(60):
        x, y = stripes(64, step)
        optimiser.zero_grad()
        F.cross_entropy(module(x), y).backward()
        optimiser.step()
    compiled = compile_network(module, [stripes(32, 1000)[0]])
    x, y = stripes(64, 2000)
    assert assert_agrees(compiled, module, x) > 32
    same = [(int(np.argmax(wanted)), trace.level) for wanted, trace in answers(compiled, module, x)]
    assert np.mean([level == int(truth) for (_, level), truth in zip(same, y, strict=True)]) > 0.9
    assert np.mean([a == b for a, b in same]) >= 0.98


def stripes(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Noisy waves in one of four directions, [count, 1, 24, 24] in [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 4, (count,), generator=generator)
    rows, columns = torch.meshgrid(torch.arange(24.0), torch.arange(24.0), indexing="ij")
    direction = y * torch.pi / 4
    phase = 6.3 * torch.rand(count, 1, 1, generator=generator)
    wave = torch.cos(direction)[:, None, None] * rows + torch.sin(direction)[:, None, None] * columns
    noise = 0.2 * torch.rand(count, 1, 24, 24, generator=generator)
    return 0.4 + 0.4 * torch.sin(1.2 * wave + phase)[:, None] + noise, y


@pytest.fixture(scope="module")
def squeezenet() -> tuple[SqueezeNet, Compiled]:
    torch.manual_seed(0)
    module = SqueezeNet().eval()
    teach(module, module.classifier[1], *tinted(32, (3, 224, 224), 0))
    return module, compile_network(module, [tinted(8, (3, 224, 224), 1)[0]], name="squeezenet")


def test_squeezenet_agrees_at_full_size(squeezenet: tuple[SqueezeNet, Compiled]) -> None:
    module, compiled = squeezenet
    assert_tells_apart(compiled, module, (3, 224, 224), 8)


def test_squeezenets_drawn_truncations_stay_near_the_rounded_ones(squeezenet: tuple[SqueezeNet, Compiled]) -> None:
    _, compiled = squeezenet
    bundle = compiled.bundle
    reference = Reference(bundle.plan, bundle.weights)
    pixels = encode_image(images(1, (3, 224, 224), 9))[0].numpy()
    still, drawn = reference.run(pixels), reference.run(pixels, np.random.default_rng(1))
    error = (still.scores - drawn.scores) * compiled.scales.scale[bundle.plan.scores]
    assert 0 < np.abs(error).max() <= 6 * compiled.expected.max()
    assert sum(drawn.overflows.values()) == 0


def test_squeezenets_plan_is_the_published_network(squeezenet: tuple[SqueezeNet, Compiled]) -> None:
    plan = squeezenet[1].bundle.plan
    kinds = [type(step) for step in plan.steps]
    assert (kinds.count(Conv), kinds.count(MaxPool), kinds.count(Relu), kinds.count(Rescale)) == (26, 3, 24, 0)
    assert plan.levels == 4
    assert plan.name == "squeezenet"


def test_names_classes_and_card() -> None:
    module = settle(ResNet(), (3, 32, 32))
    bundle = compile(module, [images(2, (3, 32, 32), 0)], name="r1", classes=["none", "mild", "moderate", "severe"])
    assert "levels: none, mild, moderate, severe" in bundle.card
    assert bundle.plan.weights_commitment is not None
    with pytest.raises(ParameterError, match="3 class names for 4 levels"):
        compile(module, [images(2, (3, 32, 32), 0)], classes=["a", "b", "c"])
    with pytest.raises(ParameterError, match="name"):
        compile(module, [images(2, (3, 32, 32), 0)], name="Not A Name")


def test_errors_reach_the_caller() -> None:
    with pytest.raises(UnsupportedLayer, match="SiLU"):
        compile(nn.Sequential(nn.Conv2d(3, 2, 8), nn.SiLU()), [images(2, (3, 8, 8), 0)])
    with pytest.raises(BundleError, match="takes 4 channels"):
        compile(nn.Sequential(nn.Conv2d(4, 2, 8)), [images(2, (3, 8, 8), 0)])


def test_the_module_is_left_as_it_was() -> None:
    module = settle(ResNet(), (3, 32, 32))
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    compile(module, [images(2, (3, 32, 32), 0)])
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


def test_the_short_way_takes_every_argument_of_the_long_one() -> None:
    """The same names and defaults, and each arrives: fewer bits left out make comparisons wider."""
    short, long = (inspect.signature(function).parameters for function in (compile, compile_network))
    assert [(one.name, one.default) for one in short.values() if one.name != "progress"] == [
        (one.name, one.default) for one in long.values() if one.name != "progress"
    ]
    torch.manual_seed(1)
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 2, 6), nn.Flatten())
    plans = [compile(module, [images(2, (3, 8, 8), 0)], ignored_bits=bits).plan for bits in (0, 3)]
    assert [step.ignored for plan in plans for step in plan.steps if isinstance(step, Relu)] == [0, 3]
    assert compile(module, [images(2, (3, 8, 8), 0)], crop="224x224x3-close").plan.crop == "224x224x3-close"
