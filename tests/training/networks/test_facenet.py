"""FaceNet's names are those of the public checkpoints, and its parts do what the paper's figures say."""

import torch
from torch import nn

from training.networks.facenet import FaceNet, block8, block17, block35

NORMED = ("conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked")
SHAPES = {
    "conv2d_1a.conv.weight": (32, 3, 3, 3), "conv2d_4b.bn.running_var": (256,),
    "repeat_1.0.branch0.conv.weight": (32, 256, 1, 1), "repeat_1.4.branch2.2.conv.weight": (32, 32, 3, 3),
    "repeat_1.2.conv2d.weight": (256, 96, 1, 1), "repeat_1.2.conv2d.bias": (256,),
    "mixed_6a.branch0.conv.weight": (384, 256, 3, 3), "mixed_6a.branch1.2.conv.weight": (256, 192, 3, 3),
    "repeat_2.9.branch1.1.conv.weight": (128, 128, 1, 7), "repeat_2.9.branch1.2.conv.weight": (128, 128, 7, 1),
    "mixed_7a.branch1.1.conv.weight": (256, 256, 3, 3), "mixed_7a.branch2.0.bn.weight": (256,),
    "repeat_3.0.branch1.1.conv.weight": (192, 192, 1, 3), "block8.branch1.2.conv.weight": (192, 192, 3, 1),
    "block8.conv2d.weight": (1792, 384, 1, 1), "last_linear.weight": (512, 1792), "last_bn.running_mean": (512,),
    "logits.weight": (8631, 512), "logits.bias": (8631,),
}  # fmt: skip


def published() -> set[str]:
    """Every name of the public files."""
    convolutions = [f"conv2d_{place}" for place in ("1a", "2a", "2b", "3b", "4a", "4b")]
    rows = {"repeat_1": (5, (0, 2, 3)), "repeat_2": (10, (0, 3)), "repeat_3": (5, (0, 3))}
    blocks = [(f"{name}.{number}", lengths) for name, (count, lengths) in rows.items() for number in range(count)]
    blocks += [("block8", (0, 3)), ("mixed_6a", (0, 3)), ("mixed_7a", (2, 2, 3))]
    joins = set()
    for name, lengths in blocks:
        for branch, length in enumerate(lengths):
            convolutions += [f"{name}.branch{branch}.{number}" for number in range(length)] or [
                f"{name}.branch{branch}"
            ]
        if not name.startswith("mixed"):
            joins |= {f"{name}.conv2d.weight", f"{name}.conv2d.bias"}
    last = {"last_linear.weight", "logits.weight", "logits.bias"} | {
        f"last_{part}" for part in NORMED if part.startswith("bn")
    }
    return joins | last | {f"{name}.{part}" for name in convolutions for part in NORMED}


def test_names_and_shapes_are_those_of_the_public_checkpoints() -> None:
    with torch.device("meta"):
        state = FaceNet(8631).state_dict()
    assert set(state) == published()
    assert {name: tuple(state[name].shape) for name in SHAPES} == SHAPES


def test_a_residual_is_scaled_before_the_sum() -> None:
    for block, channels, scale, last in (
        (block35(), 256, 0.17, False), (block17(), 896, 0.1, False), (block8(0.2), 1792, 0.2, False),
        (block8(1.0, last=True), 1792, 1.0, True),
    ):  # fmt: skip
        nn.init.zeros_(block.conv2d.weight)
        nn.init.constant_(block.conv2d.bias, -2.0)
        x = torch.randn(1, channels, 4, 4)
        wanted = x - 2 * scale
        assert torch.allclose(block.eval()(x), wanted if last else torch.relu(wanted), atol=1e-6)


def test_inputs_are_standardised_inside() -> None:
    network = FaceNet(2).eval()
    seen: list[torch.Tensor] = []
    network.conv2d_1a.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    with torch.inference_mode():
        network(torch.tensor([0.0, 127.5 / 255, 1.0])[None, :, None, None].expand(1, 3, 160, 160))
    assert torch.allclose(seen[0][0, :, 0, 0], torch.tensor([-127.5 / 128, 0.0, 127.5 / 128]), atol=1e-6)
