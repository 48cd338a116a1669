"""Every spelling of every layer gives the same function; what cannot run is named with its replacement."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import prune

from snni.compile.graph import Graph, evaluate
from snni.compile.trace import trace
from snni.errors import BundleError, UnsupportedLayer
from tests.snni.compile.networks import ResNet, SqueezeNet, images, settle

torch.set_num_threads(1)
SHAPE = (3, 12, 10)


class Body(nn.Module):
    """A convolution, then whatever ``rest`` makes of its result and the image."""

    def __init__(self, rest: Callable[[Body, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.flat = nn.Linear(480, 5)
        self.head = nn.Linear(4, 5)
        self.rest = rest

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rest(self, self.conv(x))


def assert_same(module: nn.Module, graph: Graph, shape: tuple[int, int, int] = SHAPE) -> None:
    """The graph computes the module's function, to float32's rounding of sums of a few hundred terms."""
    x = images(3, shape, 0)
    with torch.no_grad():
        wanted = module(x)
    got = evaluate(graph, x)[graph.output].reshape(wanted.shape)
    assert torch.allclose(got, wanted, rtol=1e-4, atol=1e-5 * float(wanted.abs().max()))


@pytest.mark.parametrize(
    "rest,ops",
    [
        (lambda m, x: m.head(F.relu(x).mean((2, 3))), "conv relu avgpool conv"),
        (lambda m, x: m.head(torch.relu(x).mean(dim=[-1, -2])), "conv relu avgpool conv"),
        (lambda m, x: m.head(F.relu6(x).mean((2, 3))), "conv clip avgpool conv"),
        (lambda m, x: m.head(torch.clamp(x, 0, 0.3).mean((2, 3))), "conv clip avgpool conv"),
        (lambda m, x: m.head(x.clamp(min=0, max=2).mean((2, 3))), "conv clip avgpool conv"),
        (lambda m, x: m.head(torch.mean(x.relu(), (2, 3), keepdim=True).flatten(1)), "conv relu avgpool conv"),
        (lambda m, x: m.head(F.adaptive_avg_pool2d(x, 1).view(x.size(0), -1)), "conv avgpool conv"),
        (lambda m, x: m.head(F.adaptive_avg_pool2d(x, (1, 1)).reshape(x.shape[0], -1)), "conv avgpool conv"),
        (lambda m, x: m.flat(torch.flatten(x, 1)), "conv flatten conv"),
        (lambda m, x: m.flat(torch.flatten(x, start_dim=1)), "conv flatten conv"),
        (lambda m, x: m.flat(x.view(x.size()[0], -1)), "conv flatten conv"),
        (lambda m, x: m.flat((x + F.relu(x)).flatten(1)), "conv relu add flatten conv"),
        (lambda m, x: m.flat(torch.add(x, other=x).flatten(1)), "conv add flatten conv"),
        (lambda m, x: m.flat(x.add(F.relu(x)).contiguous().flatten(1)), "conv relu add flatten conv"),
        (lambda m, x: m.flat(F.dropout(x, 0.5, False).flatten(1)).softmax(1), "conv flatten conv"),
        (lambda m, x: torch.log_softmax(m.flat(x.flatten(1)), dim=1), "conv flatten conv"),
        (lambda m, x: m.head(F.max_pool2d(x, 3, 2, 1).mean((2, 3))), "conv maxpool avgpool conv"),
        (lambda m, x: m.head(F.max_pool2d(x, kernel_size=2, ceil_mode=True).mean((2, 3))), "conv maxpool avgpool conv"),
        (lambda m, x: m.head(F.avg_pool2d(x, 2).mean((2, 3))), "conv avgpool avgpool conv"),
        (lambda m, x: m.head(torch.cat((x, x), 1)[:, :4].mean((2, 3))), "conv concat gather avgpool conv"),
        (lambda m, x: m.head(x.clamp(min=0).mean(3).mean(2)), "conv relu avgpool avgpool conv"),
        (lambda m, x: m.head(F.hardtanh(x, 0.0, 6.0).mean((2, 3))), "conv clip avgpool conv"),
        (lambda m, x: m.head(F.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1)), "conv avgpool conv"),
        (lambda m, x: m.head(F.avg_pool2d(x, x.size()[2:]).view(x.shape[0], -1)), "conv avgpool conv"),
        (lambda m, x: m.head(F.adaptive_max_pool2d(x, 1).flatten(1)), "conv maxpool conv"),
        (lambda m, x: m.flat(x.view(-1, 480)), "conv flatten conv"),
        (lambda m, x: m.flat(sum([x, F.relu(x)]).flatten(1)), "conv relu add flatten conv"),
        (lambda m, x: m.head(torch.cat([F.relu(h) for h in x.chunk(2, 1)], 1).mean((2, 3))), None),
        (lambda m, x: m.head(((x - 0.5) / torch.tensor([1.0, 2, 3, 4]).view(1, 4, 1, 1)).mean((2, 3))), None),
        (lambda m, x: m.head((-x * 2 + 1).relu().mean((2, 3))), None),
        (lambda m, x: m.head(F.pad(x, (0, 1, 2, 0)).mean((2, 3))), None),
        (lambda m, x: m.head(F.relu(x).reshape(-1, 2, 2, 12, 10).transpose(1, 2).flatten(1, 2).mean((2, 3))), None),
        (lambda m, x: m.head(F.leaky_relu(x, 0.2).mean((2, 3))), "conv leaky avgpool conv"),
        (lambda m, x: m.head(F.prelu(x, torch.tensor([0.5, 0.25, 0.0, -1.0])).mean((2, 3))), "conv leaky avgpool conv"),
        (lambda m, x: m.head(F.rrelu(x).mean((2, 3))), "conv leaky avgpool conv"),
        (lambda m, x: m.head(x[:, :, 1:-2, 3:].mean((2, 3))), "conv conv avgpool conv"),
        (lambda m, x: m.head(x[..., ::2, 1::3].mean((2, 3))), "conv conv avgpool conv"),
        (lambda m, x: m.head(x[:, :, 5].mean(2)), "conv conv avgpool conv"),
        (lambda m, x: m.head(x.narrow(3, 2, 4)[:, :, 0, 1]), "conv conv conv"),
        (lambda m, x: m.head(torch.cat([x[:, 2:, 1:], x[:, :2, 1:]], 1).mean((2, 3))), None),
        (lambda m, x: m.head(F.max_pool1d(F.relu(x.mean(2)), 2).mean(2)), "conv avgpool relu maxpool avgpool conv"),
        (lambda m, x: m.head(F.avg_pool1d(x.mean(3), 2).flatten(2).mean(2)), "conv avgpool avgpool avgpool conv"),
        (lambda m, x: m.head(F.conv1d(x.mean(2), torch.ones(4, 2, 3), stride=2, groups=2).mean(2)), None),
        (lambda m, x: m.head((x - F.relu(x)).mean((2, 3))), "conv relu affine add avgpool conv"),
        (lambda m, x: m.head(torch.sub(x, F.relu(x), alpha=2).mean((2, 3))), "conv relu affine add avgpool conv"),
        (lambda m, x: m.head(torch.add(x, F.relu(x), alpha=0.5).mean((2, 3))), "conv relu affine add avgpool conv"),
        (lambda m, x: x.mean((2, 3)) @ m.head.weight.t() + m.head.bias, "conv avgpool conv affine"),
        (lambda m, x: torch.addmm(m.head.bias, x.mean((2, 3)), m.head.weight.t(), alpha=2), "conv avgpool conv"),
        (lambda m, x: m.head(x.abs().mean((2, 3))), "conv leaky avgpool conv"),
        (lambda m, x: m.head(torch.maximum(x, torch.tensor(0.0)).mean((2, 3))), "conv relu avgpool conv"),
        (lambda m, x: m.head(F.threshold(x, 0, 0).amax((2, 3))), "conv relu maxpool conv"),
        (lambda m, x: m.head(F.relu(x).double().mean((2, 3)).float()), "conv relu avgpool conv"),
        (lambda m, x: m.head(F.adaptive_avg_pool1d(x.mean(2), 1).squeeze(2)), "conv avgpool avgpool conv"),
        (lambda m, x: m.flat(F.conv2d(x, m.conv.weight[:, [0, 1, 2, 0]], padding=1).flatten(1)), None),
        (lambda m, x: m.head(F.relu(x).sum((2, 3))), "conv relu avgpool affine conv"),
        (lambda m, x: m.head(torch.sum(x, dim=-1).sum(2)), "conv avgpool affine avgpool affine conv"),
        (lambda m, x: m.head(x[:, :1].repeat(1, 4, 1, 1).mean((2, 3))), "conv gather avgpool conv"),
        (lambda m, x: m.head(x[:, 1:2].expand(-1, 4, -1, -1).mean((2, 3))), "conv gather avgpool conv"),
        (lambda m, x: m.head(x[:, :2].repeat_interleave(2, 1).mean((2, 3))), "conv gather avgpool conv"),
        (lambda m, x: m.head(x.flip(1).mean((2, 3)).roll(1, 1)), None),
        (lambda m, x: m.head(F.pad(x[:, :2, ::2, ::2], (0, 0, 0, 0, 1, 1)).mean((2, 3))), None),
        (lambda m, x: m.head(F.pad(x[:, :1], (1, 0, 0, 1, 3, 0)).relu().mean((2, 3))), None),
        (lambda m, x: m.head(F.pad(x.mean((2, 3))[:, :2], (1, 1))), None),
        (lambda m, x: m.head(F.conv1d(F.pad(x.mean(2), (1, 1)), torch.ones(4, 4, 3)).mean(2)), None),
        (lambda m, x: m.head(F.conv1d(F.pad(x.mean(3)[:, :3], (1, 0, 0, 1)), torch.ones(4, 4, 3)).mean(2)), None),
    ],
)
def test_spellings(rest: Callable[[Body, torch.Tensor], torch.Tensor], ops: str | None) -> None:
    module = Body(rest).eval()
    graph = trace(module, SHAPE)
    if ops is None:
        assert_same(module, graph)
        return
    assert [node.op for node in graph] == ["input", *ops.split()]
    got = evaluate(graph, images(3, SHAPE, 0))[graph.output]
    wanted = module(images(3, SHAPE, 0))
    assert torch.equal(got.reshape(3, -1).argmax(1), wanted.argmax(1))
    assert graph[graph.output].shape == (5, 1, 1)


@pytest.mark.parametrize(
    "layers",
    [
        (nn.Conv2d(3, 6, (3, 5), (2, 1), (1, 2), groups=3), nn.ReLU(), nn.MaxPool2d((2, 3), (1, 2), (0, 1))),
        (nn.Conv2d(3, 6, 3, padding="same"), nn.BatchNorm2d(6), nn.ReLU(), nn.AvgPool2d(3, 2, 1)),
        (nn.Conv2d(3, 6, 3, padding="valid"), nn.Sequential(nn.Identity(), nn.Dropout2d()), nn.AvgPool2d(2)),
        (nn.Conv2d(3, 6, 3, padding=1), nn.AdaptiveAvgPool2d((4, 5)), nn.MaxPool2d(3, 2, ceil_mode=True)),
        (nn.Conv2d(3, 6, 1, bias=False), nn.AdaptiveAvgPool2d((None, 5)), nn.ReLU()),
        (nn.Conv2d(3, 6, 3), nn.ReLU6(), nn.Conv2d(6, 6, 1), nn.Hardtanh(0, 0.2)),
    ],
)
def test_modules(layers: tuple[nn.Module, ...]) -> None:
    module = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3), nn.BatchNorm1d(3)).eval()
    assert_same(module, trace(module, SHAPE))


def test_whole_networks() -> None:
    squeezenet, resnet = SqueezeNet().eval(), settle(ResNet(), (3, 32, 32))
    assert_same(squeezenet, trace(squeezenet, (3, 64, 64)), (3, 64, 64))
    graph = trace(resnet, (3, 32, 32))
    x = images(3, (3, 32, 32), 0)
    got = evaluate(graph, x)[graph.output].reshape(3, 4)
    assert torch.allclose(F.log_softmax(got, 1), resnet(x), atol=1e-4)


def test_a_layer_used_twice_and_unread_values() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 3, padding=1)
            self.relu = nn.ReLU()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            unread = self.relu(x)
            x = self.relu(self.conv(self.relu(self.conv(x))))
            return (x, unread)[0].mean((2, 3))

    module = Twice().eval()
    graph = trace(module, SHAPE)
    assert [node.op for node in graph] == ["input", "conv", "relu", "conv", "relu", "avgpool"]
    assert len({node.name for node in graph}) == 6
    assert_same(module, graph)


@pytest.mark.parametrize(
    "layer,named,instead",
    [
        (nn.Hardtanh(), r"Hardtanh \(1\) from -1", "ReLU6"),
        (nn.SiLU(), r"SiLU \(1\)", "ReLU"),
        (nn.LeakyReLU(1.5), r"LeakyReLU \(1\) with a slope of 1.5", "slopes below 1"),
        (nn.Sequential(nn.Flatten(2), nn.Conv1d(4, 4, 3)), "Flatten .* mixes channels and positions", "Conv2d for"),
        (nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), "reflect padding", "zero padding"),
        (nn.Conv2d(4, 4, 2, padding="same"), "even kernel", "odd kernel"),
        (nn.Conv2d(4, 4, 1, padding=1), "padded past", "less padding"),
        (nn.MaxPool2d(2, return_indices=True), "return_indices", "return_indices=False"),
        (nn.AvgPool2d(3, 2, 1, count_include_pad=False), "count_include_pad", "count_include_pad=True"),
        (nn.AvgPool2d(3, 2, ceil_mode=True), "ceil_mode", "ceil_mode=False"),
        (nn.AdaptiveAvgPool2d(5), "12x10", "divides the map"),
        (nn.BatchNorm2d(4, track_running_stats=False), "running statistics", "track_running_stats"),
        (nn.ConvTranspose2d(4, 4, 2), "ConvTranspose2d", "Conv2d"),
        (nn.Linear(10, 10), "on a map", "flatten"),
        (nn.Softmax(1), "softmax over a map", "last layer"),
        (nn.Flatten(2), "Flatten", "torch.flatten"),
        (nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Linear(4, 3)), "on a map", "flatten"),
    ],
)
def test_unsupported_layers_are_named_with_what_to_use(layer: nn.Module, named: str, instead: str) -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), layer)
    with pytest.raises(UnsupportedLayer, match=named) as caught:
        trace(module, SHAPE)
    assert instead in caught.value.instead


@pytest.mark.parametrize(
    "rest,named",
    [
        (lambda m, x: x * x, "mul.* of two secrets"),
        (lambda m, x: x + torch.rand(12, 10), "varies over the map"),
        (lambda m, x: F.dropout(x), "always on"),
        (lambda m, x: F.avg_pool2d(x.flip(3), 2).mean((2, 3)), "flip .* changes the order of rows or columns"),
        (lambda m, x: F.pad(x, (1, 1), value=0.5).mean((2, 3)), "pad .* zero padding"),
        (lambda m, x: m.head(x.mean((2, 3))).repeat(2, 1), "repeat .* mixes images"),
        (lambda m, x: x.sum(1), "sum .* over height and width"),
        (lambda m, x: x[:, :, [0, 1, 3]].mean((2, 3)), "getitem"),
        (lambda m, x: F.avg_pool2d(x.mean(2), 2).mean(2), "a tensor of 3 axes"),
        (lambda m, x: x + x.mean((2, 3), keepdim=True), "broadcasting"),
        (lambda m, x: m.head(x.mean((2, 3))).softmax(0), "another axis than the scores'"),
        (lambda m, x: torch.einsum("nchw,kc->nk", x, m.head.weight), "einsum .* products of two secrets"),
        (lambda m, x: torch.where(x > 0, x, 0.0), "gt .* use ReLU"),
        (lambda m, x: m.head(x.mean((2, 3)) + torch.randn_like(x.mean((2, 3)))), "randn_like .* nothing random"),
        (lambda m, x: torch.cat([x, x], 2), "another axis"),
        (lambda m, x: x.mean(1), "mean"),
        (lambda m, x: torch.sigmoid(x), "sigmoid"),
        (lambda m, x: m.head(x.mean((2, 3)).softmax(1)), "after softmax"),
        (lambda m, x: x.view(-1, 4), "view"),
    ],
)
def test_unsupported_functions_are_named(rest: Callable[[Body, torch.Tensor], torch.Tensor], named: str) -> None:
    with pytest.raises(UnsupportedLayer, match=named):
        trace(Body(rest), SHAPE)


@pytest.mark.parametrize(
    "module,message",
    [
        (nn.Sequential(nn.Conv2d(4, 4, 3)), "takes 4 channels, is given 3"),
        (nn.Sequential(nn.Conv2d(3, 4, 13)), "does not fit"),
        (nn.Sequential(nn.Flatten(), nn.Linear(7, 2)), "takes 7 values, is given 360"),
        (nn.Sequential(nn.Conv2d(3, 4, 3)), "at least two scores"),
        (nn.Bilinear(3, 3, 3), "more than one input"),
        (Body(lambda m, x: x if x.sum() > 0 else -x), "must not branch"),
        (Body(lambda m, x: (x, x)), "one tensor of scores"),
    ],
)
def test_networks_that_do_not_fit(module: nn.Module, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        trace(module, SHAPE)


def test_scores_that_chance_makes_are_refused() -> None:
    class Noisy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(x).mean((2, 3)) + torch.randn(4)

    with pytest.raises(BundleError, match="other scores for the same image"):
        trace(Noisy(), SHAPE)


@pytest.mark.parametrize("draw", [lambda: float(torch.rand(1)), np.random.random, random.random])
def test_whoever_draws_in_eval_mode_is_refused_though_it_changed_nothing_now(draw: Callable[[], float]) -> None:
    """A branch left out by chance is left out of two runs by chance too."""
    module = Body(lambda m, x: m.head((x + 1.0 if draw() > 2 else x).mean((2, 3))))
    with pytest.raises(BundleError, match="draws random numbers"):
        trace(module, SHAPE)


def test_inference_mode_is_refused_by_name() -> None:
    def forward(m: Body, x: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return m.head(F.relu(x + 1).mean((2, 3)))

    with pytest.raises(BundleError, match=r"torch\.no_grad"):
        trace(Body(forward), SHAPE)


def test_what_torch_export_made_is_refused_by_name() -> None:
    made = torch.export.export(Body(lambda m, x: m.head(x.mean((2, 3)))).eval(), (images(2, SHAPE, 0),)).module()
    with pytest.raises(BundleError, match=r"the torch\.nn\.Module that torch\.export was given"):
        trace(made, SHAPE)


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("kind", ["script", "trace"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_torchscript_is_refused_by_name(kind: str, inside: bool) -> None:
    plain = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    made = torch.jit.script(plain) if kind == "script" else torch.jit.trace(plain, torch.rand(1, *SHAPE))
    with pytest.raises(UnsupportedLayer, match=r"TorchScript .* use the torch\.nn\.Module"):
        trace(nn.Sequential(made) if inside else made, SHAPE)


def test_weights_that_are_not_finite_are_refused() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 5), nn.Flatten())
    module[0].weight.data[0] = float("nan")
    with pytest.raises(BundleError, match="not finite"):
        trace(module, SHAPE)


class InPlace(nn.Module):
    """Blocks whose shortcuts read what an operation in place has changed, or the results of which nobody takes."""

    def __init__(self, how: str) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.a, self.b = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.relu, self.head, self.how = nn.ReLU(inplace=True), nn.Linear(4, 5), how

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.a(x)
        match self.how:
            case "layer before a shortcut":
                x = self.b(self.relu(x)) + x
            case "function before a shortcut":
                x = self.b(F.relu(x, inplace=True)) + x
            case "method before a shortcut":
                x = self.b(x.relu_()) + x
            case "sum with an alias":
                kept = x
                x += self.b(x)
                x = F.relu(x) + kept
            case "result dropped":
                self.relu(x)
            case "arithmetic":
                x.sub_(0.1).mul_(3)
            case "through a view":
                rows = x.view(x.shape[0], -1)
                rows.relu_()
        return self.head(x.mean((2, 3)))


@pytest.mark.parametrize(
    "how",
    [
        *("layer before a shortcut", "function before a shortcut", "method before a shortcut", "sum with an alias"),
        *("result dropped", "arithmetic"),
    ],
)
def test_what_happens_in_place_happens_to_every_reader(how: str) -> None:
    module = InPlace(how).eval()
    assert_same(module, trace(module, SHAPE))


def test_a_value_changed_through_a_view_of_it_is_refused() -> None:
    with pytest.raises(UnsupportedLayer, match="in place"):
        trace(InPlace("through a view"), SHAPE)


def hooked(hook: str) -> nn.Module:
    """A network whose convolution's weight is made by a hook, or its output changed by one."""
    torch.manual_seed(3)
    first = nn.Conv2d(3, 4, 3)
    match hook:
        case "weight_norm":
            first = nn.utils.weight_norm(first)
            first.weight_g.data *= 4  # as a state dict loaded later leaves it: ``weight`` is stale
        case "spectral_norm":
            first = nn.utils.spectral_norm(first)
            first.weight_orig.data *= 3
        case "pruning":
            prune.l1_unstructured(first, "weight", 0.5)
            first.weight_orig.data *= 3
        case "parametrised":
            first = nn.utils.parametrizations.weight_norm(first)
        case "output":
            first.register_forward_hook(lambda module, args, output: -output)
    return nn.Sequential(first, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)).eval()


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("hook", ["weight_norm", "spectral_norm", "pruning", "parametrised"])
def test_weights_that_hooks_make_are_read_after_the_hooks(hook: str) -> None:
    module = hooked(hook)
    assert_same(module, trace(module, SHAPE))


def test_a_hook_on_an_output_is_refused_by_the_layers_name() -> None:
    with pytest.raises(UnsupportedLayer, match=r"Conv2d \(0\), which computes something else") as caught:
        trace(hooked("output"), SHAPE)
    assert "without hooks" in caught.value.instead


def test_a_subclass_is_read_by_what_it_does() -> None:
    class Doubling(nn.Conv2d):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x) * 2

    module = nn.Sequential(Doubling(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)).eval()
    assert_same(module, trace(module, SHAPE))


def test_layers_that_stay_in_training_mode_are_refused() -> None:
    class Always(nn.Dropout):
        def train(self, mode: bool = True) -> Always:
            return super().train(True)

    with pytest.raises(UnsupportedLayer, match="always on"):
        trace(nn.Sequential(nn.Conv2d(3, 4, 3), Always(), nn.Flatten(), nn.Linear(320, 3)), SHAPE)
