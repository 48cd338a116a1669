"""Networks trained for a moment keep their accuracy in secure inference, errors by chance included: within one point.

Waves in one of four directions under noise, learnt from nothing in some dozens of steps; nobody's data.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from snni.compile import compile_network
from snni.model.reference import Reference
from training.networks.registry import NETWORKS

torch.set_num_threads(1)


def waves(count: int, shape: tuple[int, int, int], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images [count, *shape] in [0, 1], and which of four directions each one's wave runs."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(count) % 4
    rows, columns = torch.meshgrid(*(torch.arange(float(side)) for side in shape[1:]), indexing="ij")
    angle = y * torch.pi / 4
    along = torch.cos(angle)[:, None, None] * rows + torch.sin(angle)[:, None, None] * columns
    phase, length = torch.rand(2, count, 1, 1, generator=generator)
    wave = torch.sin((0.5 + 0.3 * length) * along + 6.3 * phase)[:, None]
    noise = torch.randn(count, *shape, generator=generator)
    return (0.5 + 0.12 * wave + 0.16 * noise).clamp(0, 1), y


def trained(name: str, shape: tuple[int, int, int], steps: int, rate: float) -> nn.Module:
    """The network after ``steps`` of 32 images, its norms' statistics from the last ones."""
    torch.manual_seed(0)
    network = NETWORKS[name].factory(classes=4)
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.01)
    network.train()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / 5, (steps - step) / steps * 2)
        x, y = waves(32, shape, 100 + step)
        optimiser.zero_grad()
        F.cross_entropy(network(x), y).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
    return network.eval()


@pytest.mark.heavy
@pytest.mark.parametrize(
    "name,shape,steps,rate,count",
    [("convnet48", (1, 48, 48), 120, 1e-3, 400), ("resnet18", (3, 64, 64), 30, 1e-3, 800)],
)
def test_integers_are_within_one_point_of_floats(
    name: str, shape: tuple[int, int, int], steps: int, rate: float, count: int
) -> None:
    network = trained(name, shape, steps, rate)
    compiled = compile_network(network, [waves(32, shape, 1)[0]])
    x, y = waves(count, shape, 2)
    pixels = (x * 255).round()
    with torch.inference_mode():
        floats = torch.cat([network(part / 255) for part in pixels.split(50)]).argmax(1).numpy()
    reference = Reference(compiled.bundle.plan, compiled.bundle.weights)
    images = enumerate(pixels.numpy().astype(np.uint8))
    integers = np.array([reference.run(image, np.random.default_rng(index)).level for index, image in images])
    float_accuracy, accuracy = np.mean(floats == y.numpy()), np.mean(integers == y.numpy())
    print(f"{name}: float {float_accuracy:.4f}, int8 {accuracy:.4f}, same level {np.mean(floats == integers):.4f}")
    assert float_accuracy >= 0.75
    assert accuracy >= float_accuracy - 0.01
    assert np.mean(floats == integers) >= 0.98
