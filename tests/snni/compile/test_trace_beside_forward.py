"""What changes values beside a layer's own function: operations in place, hooks, subclasses. Read as they run, or
refused."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import prune

from snni.compile.trace import trace
from snni.errors import UnsupportedLayer
from tests.snni.compile.traced import SHAPE, assert_same


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
