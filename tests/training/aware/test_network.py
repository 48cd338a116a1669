"""The trainable network computes the plan's integers, rounds by chance without bias, and its gradients lower a loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from torch import nn

from snni.compile.calibrate import read_images
from snni.compile.compiler import Quantised, quantise
from snni.model.error_law import TWO_SHARES
from snni.model.reference import Reference
from snni.model.steps import Conv
from tests.snni.compile.networks import BasicBlock, Fire, ResNet, images, networks, settle, teach, tinted
from training.aware import rounding
from training.aware.network import AwareNetwork
from training.aware.writeback import written_back
from training.tuning.agreement import scores

torch.set_num_threads(1)
SHAPE = (3, 32, 32)


class SmallSqueezeNet(nn.Module):
    """SqueezeNet's parts on 32 x 32: a stem, three fires, both kinds of pool, scores averaged under a ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(Fire(8, 4, 8), Fire(16, 4, 8), nn.AvgPool2d(3, 2), Fire(16, 6, 12)),
        )
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(24, 4, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.flatten(self.classifier(self.features(x)), 1)


class Clipped(nn.Module):
    """ReLU6 whose channels differ in size, a depthwise convolution, a residual add, batch norm."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        self.deep = nn.Sequential(nn.Conv2d(8, 8, 3, 1, 1, groups=8, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        self.block = BasicBlock(8, 8)
        self.head = nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.block(self.deep(self.stem(x))).mean((2, 3)))


def aware_of(module: nn.Module, calibration: torch.Tensor) -> tuple[AwareNetwork, Quantised]:
    quantised = quantise(module, read_images([calibration]))
    return AwareNetwork(quantised, quantised.emit("aware")[0]).eval(), quantised


def compare(aware: AwareNetwork, quantised: Quantised, x: torch.Tensor) -> None:
    """Every value of every image, unit for unit; and the weights, before any training, are the compiler's."""
    plan, weights = quantised.emit("aware")
    made = aware.integer_weights()
    assert made.keys() == weights.keys()
    for name, wanted in weights.items():
        assert made[name].dtype == wanted.dtype and np.array_equal(made[name], wanted), name
    reference = Reference(plan, made)
    pixels = (x * 255).round().to(torch.int64)
    with torch.no_grad():
        values = aware.values(x)
    for index, image in enumerate(pixels.numpy()):
        trace = reference.run(image)
        for name, value in values.items():
            assert np.array_equal(value[index].numpy(), trace.values[name]), name
        assert int(values[plan.scores][index].argmax()) == trace.level


def extremes(count: int, shape: tuple[int, int, int]) -> torch.Tensor:
    """Noise of black and white: values beyond those that windows were chosen for."""
    return (torch.rand(count, *shape, generator=torch.Generator().manual_seed(7)) > 0.5).float()


@pytest.mark.parametrize("make", [SmallSqueezeNet, ResNet, Clipped])
def test_every_value_is_the_references(make: type[nn.Module]) -> None:
    torch.manual_seed(1)
    module = settle(make(), SHAPE)
    aware, quantised = aware_of(module, images(6, SHAPE, 0))
    compare(aware, quantised, images(4, SHAPE, 5))


def test_values_that_leave_their_windows_wrap_alike() -> None:
    torch.manual_seed(1)
    module = settle(SmallSqueezeNet(), SHAPE)
    aware, quantised = aware_of(module, images(2, SHAPE, 0) * 0.2)
    x = extremes(3, SHAPE)
    reference = Reference(*quantised.emit("aware"))
    overflows = [sum(reference.run((image * 255).long().numpy()).overflows.values()) for image in x]
    assert max(overflows) > 0
    compare(aware, quantised, x)


@given(module=networks())
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_drawn_networks_too(module: nn.Module) -> None:
    shape = (3, 17, 19)
    aware, quantised = aware_of(module, images(3, shape, 0))
    compare(aware, quantised, images(2, shape, 3))


def test_rounding_by_chance_is_unbiased_and_next_to_the_quotient() -> None:
    torch.manual_seed(0)
    shift, draws = 6, 20_000
    x = torch.arange(-130.0, 131.0, 13.0)
    rows = x.expand(draws, -1)
    found = rounding.truncated(rows, shift, rounding.drawn(rows, shift))
    exact = x / 2**shift
    assert bool(((found == exact.floor()) | (found == exact.ceil())).all())
    sigma = (exact - exact.floor()) * (exact.ceil() - exact)
    assert bool(((found.mean(0) - exact).abs() <= 5 * (sigma / draws).sqrt() + 1e-6).all())


def test_rounding_by_chance_is_distributed_as_drawn_shares_are() -> None:
    """Against snni.model.reference with a generator: the same two integers, as often."""
    torch.manual_seed(0)
    shift, draws = 4, 20_000
    for value in (-37, 5, 48, 101):
        x = np.full((1, 1, draws), value, np.int64)
        theirs = TWO_SHARES.truncated(x, shift, 20, np.random.default_rng(1)).reshape(-1)
        rows = torch.full((draws,), float(value))
        ours = rounding.truncated(rows, shift, rounding.drawn(rows, shift)).numpy()
        assert set(np.unique(ours)) == set(np.unique(theirs))
        assert abs(ours.mean() - theirs.mean()) <= 6 * 0.5 * np.sqrt(2 / draws)


@pytest.mark.parametrize("training", [False, True])
def test_scores_are_rounded_by_chance_and_spread_as_the_references(training: bool) -> None:
    """Mean and deviation of 60 passes against those of 60 drawn runs of snni.model.reference, of the same integers."""
    torch.manual_seed(1)
    aware, quantised = aware_of(settle(ResNet(), SHAPE), images(6, SHAPE, 0))
    x = images(1, SHAPE, 3)
    aware.train(training)
    drawn = torch.stack([aware(x)[0] for _ in range(60)]).detach().double().numpy()
    pixels = (x[0] * 255).round().long().numpy()
    theirs = Reference(*quantised.emit("aware")).draws(pixels, 60) * aware.unit
    spread = theirs.std(axis=0, ddof=1)
    assert spread.min() > 0
    assert (np.abs(drawn.mean(axis=0) - theirs.mean(axis=0)) <= 6 * spread * np.sqrt(2 / 60)).all()
    assert (np.abs(np.log(drawn.std(axis=0, ddof=1) / spread)) <= 6 * np.sqrt(2 / (2 * 59))).all()


def test_measuring_a_network_of_chance_repeats_and_disturbs_no_one_elses() -> None:
    torch.manual_seed(1)
    aware, _ = aware_of(settle(SmallSqueezeNet(), SHAPE), images(6, SHAPE, 0))
    batches = [images(4, SHAPE, seed) for seed in range(3)]
    state = torch.get_rng_state()
    first, second = (torch.cat(found) for found in (scores(aware, batches), scores(aware, batches)))
    assert torch.equal(first, second) and torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(first, torch.cat([aware(batch) for batch in batches]))


def test_every_parameter_has_a_gradient() -> None:
    torch.manual_seed(1)
    module = settle(SmallSqueezeNet(), SHAPE)
    aware, _ = aware_of(module, images(6, SHAPE, 0))
    x = images(4, SHAPE, 4)
    aware.train()(x).sum().backward()
    for parameter in aware.parameters():
        assert parameter.grad is not None and bool(torch.isfinite(parameter.grad).all())
        assert float(parameter.grad.abs().max()) > 0


def test_the_loss_falls_on_a_tiny_set() -> None:
    torch.manual_seed(1)
    x, y = tinted(16, SHAPE, 4)
    module = settle(SmallSqueezeNet(), SHAPE)
    aware, _ = aware_of(teach(module, module.classifier[1], x, y), x)
    optimiser = torch.optim.Adam(
        [{"params": [p], "lr": 0.005 * float(p.detach().abs().mean())} for p in aware.parameters()]
    )
    before = float(F.cross_entropy(aware(x).detach(), y))
    for _ in range(40):
        optimiser.zero_grad()
        loss = F.cross_entropy(aware.train()(x), y)
        loss.backward()
        optimiser.step()
    assert float(F.cross_entropy(aware.eval()(x).detach(), y)) < 0.7 * before
    weights = aware.integer_weights()
    assert all(np.abs(weights[f"{s.name}.weight"]).max() <= 127 for s in aware.plan.steps if isinstance(s, Conv))


def test_pressure_is_none_within_the_headroom_and_grows_beyond() -> None:
    torch.manual_seed(1)
    calm = images(6, SHAPE, 0) * 0.2
    aware, _ = aware_of(settle(SmallSqueezeNet(), SHAPE), calm)
    aware.train()
    aware(calm)
    inside = float(aware.pressure.detach())
    aware(extremes(2, SHAPE))
    assert inside < 0.01 * float(aware.pressure.detach())


@pytest.mark.parametrize("make", [SmallSqueezeNet, ResNet, Clipped])
def test_the_float_network_takes_the_weights_back(make: type[nn.Module]) -> None:
    """It computes what the integers do but for activations' rounding: nearer to them than what they came from."""
    torch.manual_seed(1)
    module = settle(make(), SHAPE)
    aware, quantised = aware_of(module, images(6, SHAPE, 0))
    made = written_back(aware, quantised, module)
    assert made.state_dict().keys() == module.state_dict().keys()
    x = images(8, SHAPE, 9)
    with torch.no_grad():
        integers = aware.values(x)[aware.plan.scores].flatten(1) * aware.unit
        back = made(x).double()
        before = module(x).double()

    def off(scores: torch.Tensor) -> float:
        return float(
            ((scores - scores.mean(1, keepdim=True)) - (integers - integers.mean(1, keepdim=True))).square().mean()
        )

    assert off(back) < off(before) or off(back) < 1e-3 * float(integers.var())
    again, _ = aware_of(made, images(6, SHAPE, 0))
    assert (again(x) - integers).abs().mean() < (integers.abs().mean() * 0.1)
