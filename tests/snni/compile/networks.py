"""Networks the compiler is tried on: the two the product ships, small, and ones built from a drawn description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from hypothesis import strategies as st
from torch import nn


class Fire(nn.Module):
    """SqueezeNet's module: squeeze, then two expansions side by side."""

    def __init__(self, channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.expand1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1(x)), F.relu(self.expand3(x))], 1)


class SqueezeNet(nn.Module):
    """SqueezeNet v1.1 (Iandola et al., 2016), ``levels`` classes."""

    def __init__(self, levels: int = 4) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 64, 3, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(Fire(64, 16, 64), Fire(128, 16, 64), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(Fire(128, 32, 128), Fire(256, 32, 128), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256)),
        )
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(512, levels, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_uniform_(module.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.flatten(self.classifier(self.features(x)), 1)


class BasicBlock(nn.Module):
    """ResNet's two-convolution block (He et al., 2016)."""

    def __init__(self, channels: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.down: nn.Module = nn.Identity()
        if stride != 1 or channels != out:
            self.down = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + self.down(x))


class ResNet(nn.Module):
    """A stem, two blocks and one that halves the map."""

    def __init__(self, levels: int = 4) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.blocks = nn.Sequential(BasicBlock(8, 8), BasicBlock(8, 8), BasicBlock(8, 16, 2))
        self.head = nn.Linear(16, levels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.log_softmax(self.head(self.blocks(self.pool(self.stem(x))).mean((2, 3))), 1)


@dataclass(frozen=True)
class Stage:
    """One drawn stage: ``kind`` with its numbers."""

    kind: str
    width: int = 0
    kernel: int = 1
    stride: int = 1
    padding: int = 0
    groups: int = 1
    relu: bool = True
    norm: bool = False
    limit: float = 0.0


class Drawn(nn.Module):
    """Stages one after another on [3, 17, 19] images, then scores."""

    def __init__(self, stages: Sequence[Stage], flat: bool, levels: int) -> None:
        super().__init__()
        self.stages: list[Stage] = []
        self.flat = flat
        self.parts = nn.ModuleList()
        x = torch.zeros(2, 3, 17, 19)
        for stage in stages:
            if min(x.shape[2:]) < 4:
                break
            self.stages.append(stage)
            self.parts.append(_part(stage, x.shape[1]))
            with torch.no_grad():
                x = self._stage(stage, self.parts[-1], x)
        self.head = nn.Linear(x[0].numel() if flat else x.shape[1], levels)

    def _stage(self, stage: Stage, part: nn.Module, x: torch.Tensor) -> torch.Tensor:
        y = part(x)
        if stage.kind == "residual":
            y = y + x
        if stage.kind == "concat":
            y = torch.cat([y, x], dim=1)
        if stage.relu and stage.limit:
            return torch.clamp(y, 0, stage.limit)
        return torch.relu(y) if stage.relu else y

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for stage, part in zip(self.stages, self.parts, strict=True):
            x = self._stage(stage, part, x)
        x = x.view(x.size(0), -1) if self.flat else F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.head(x)


def _part(stage: Stage, channels: int) -> nn.Module:
    match stage.kind:
        case "maxpool":
            return nn.MaxPool2d(stage.kernel, stage.stride, stage.padding, ceil_mode=stage.norm)
        case "avgpool":
            return nn.AvgPool2d(2, stage.stride)
        case "residual":
            layers = [nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)]
            return nn.Sequential(*layers, *([nn.ReLU(), nn.Conv2d(channels, channels, 1)] if stage.norm else []))
        case "concat":
            return nn.Sequential(nn.Conv2d(channels, stage.width, 3, padding=1), nn.ReLU())
        case "depthwise":
            return nn.Conv2d(channels, channels, stage.kernel, stage.stride, stage.padding, groups=channels)
    groups = stage.groups if channels % stage.groups == 0 else 1
    width = stage.width * groups
    conv = nn.Conv2d(channels, width, stage.kernel, stage.stride, stage.padding, groups=groups)
    return nn.Sequential(conv, *([nn.BatchNorm2d(width)] if stage.norm else []))


_sizes = st.sampled_from([(1, 0), (2, 0), (2, 1), (3, 0), (3, 1)])


@st.composite
def stages(draw: st.DrawFn) -> Stage:
    kernel, padding = draw(_sizes)
    kind = draw(st.sampled_from(["conv", "conv", "depthwise", "residual", "concat", "maxpool", "avgpool"]))
    if kind == "maxpool":
        kernel = max(kernel, 2)
        padding = min(padding, kernel // 2)
    return Stage(
        kind,
        draw(st.integers(1, 9)),
        kernel,
        draw(st.integers(1, 2)),
        padding,
        draw(st.integers(1, 3)),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.sampled_from([0.0, 0.0, 0.7, 6.0])),
    )


@st.composite
def networks(draw: st.DrawFn) -> nn.Module:
    """A network of one to five stages, its batch norms with statistics of their own."""
    torch.manual_seed(draw(st.integers(0, 1 << 20)))
    first = Stage("conv", draw(st.integers(2, 9)), *draw(st.sampled_from([(3, 1, 1), (3, 2, 1), (5, 2, 0)])))
    rest = draw(st.lists(stages(), max_size=4))
    network = Drawn([first, *rest], draw(st.booleans()), draw(st.integers(2, 6)))
    return settle(network, (3, 17, 19))


def settle(network: nn.Module, shape: tuple[int, int, int]) -> nn.Module:
    """Batch norms with running statistics of random images and factors that differ by channel; eval mode."""
    network.train()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None
                if module.affine:
                    module.weight.uniform_(0.25, 2.0)
                    module.bias.normal_(0.0, 0.3)
        network(images(16, shape, 1))
    return network.eval()


def images(count: int, shape: tuple[int, int, int], seed: int) -> torch.Tensor:
    """Smooth random images [count, *shape] in [0, 1], each of its own brightness."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, shape[0], 5, 5, generator=generator)
    smooth = F.interpolate(coarse, shape[1:], mode="bilinear", align_corners=False)
    grain = torch.rand(count, *shape, generator=generator)
    light = 0.3 + 0.7 * torch.rand(count, 1, 1, 1, generator=generator)
    return (0.8 * smooth + 0.2 * grain) * light


def teach(module: nn.Module, head: nn.Conv2d | nn.Linear, x: torch.Tensor, y: torch.Tensor) -> nn.Module:
    """Solve ``head`` by ridge regression so that ``module`` tells the levels y [N] of x apart; eval mode.

    The head's input, averaged over its map, against one-hot levels; every bias is raised alike so that a ReLU after
    the head cuts nothing.
    """
    seen: list[torch.Tensor] = []
    hook = head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].flatten(2).mean(2).double()))
    if isinstance(head, nn.Linear):
        hook.remove()
        hook = head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].double()))
    module.eval()
    with torch.no_grad():
        module(x)
        hook.remove()
        features = seen[0]
        mean, wanted = features.mean(0), F.one_hot(y, head.weight.shape[0]).double()
        centred = features - mean
        kernel = centred @ centred.T
        kernel += 2 * kernel.trace() / len(x) * torch.eye(len(x), dtype=torch.float64)
        weight = (centred.T @ torch.linalg.solve(kernel, wanted - wanted.mean(0))).T
        head.weight.copy_(weight.reshape(head.weight.shape).float())
        head.bias.copy_((wanted.mean(0) - weight @ mean + 3.0).float())
    return module


def tinted(count: int, shape: tuple[int, int, int], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images [count, *shape] of four levels: which channel is bright, or none."""
    y = torch.arange(count) % 4
    x = images(count, shape, seed) * 0.2
    for channel in range(3):
        x[y == channel, channel] *= 4.9
    return x, y
