"""The names that DINOv2's weights were published under, brought to those of dinov2.py when a state dict is loaded.

Two publications of the same numbers: facebook/dinov2-small and -large (safetensors), whose names dinov2.py has, with
`dinov2.` before each where a classifier was trained on top; and dinov2_vits14_pretrain.pth and its like for L,
where one matrix `qkv` holds queries, keys and values, one under the other.
"""

from __future__ import annotations

import re
from typing import Any

from torch import Tensor, nn

WHOLE = {
    "cls_token": "embeddings.cls_token",
    "mask_token": "embeddings.mask_token",
    "pos_embed": "embeddings.position_embeddings",
    "patch_embed.proj.weight": "embeddings.patch_embeddings.projection.weight",
    "patch_embed.proj.bias": "embeddings.patch_embeddings.projection.bias",
    "norm.weight": "layernorm.weight",
    "norm.bias": "layernorm.bias",
}
PARTS = {
    "norm1": "norm1",
    "norm2": "norm2",
    "attn.proj": "attention.output.dense",
    "mlp.fc1": "mlp.fc1",
    "mlp.fc2": "mlp.fc2",
}
SCALES = {"ls1.gamma": "layer_scale1.lambda1", "ls2.gamma": "layer_scale2.lambda1"}
PROJECTIONS = ("query", "key", "value")


def use_public_names(module: nn.Module) -> None:
    """From now on module.load_state_dict takes any of the publications' names."""

    def rename(_module: nn.Module, state: dict[str, Tensor], prefix: str, *_rest: Any) -> None:
        if not prefix:
            found = renamed(state)
            state.clear()
            state.update(found)

    module.register_load_state_dict_pre_hook(rename)


def renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same under dinov2.py's names; names that are in no publication stay."""
    found: dict[str, Tensor] = {}
    for name, value in state.items():
        found |= _renamed(name.removeprefix("dinov2."), value)
    return found


def _renamed(name: str, value: Tensor) -> dict[str, Tensor]:
    if name in WHOLE:
        return {WHOLE[name]: value}
    match = re.fullmatch(r"blocks\.(\d+)\.(.+)", name)
    if match is None:
        return {name: value}
    layer, rest = f"encoder.layer.{match[1]}", match[2]
    if rest in SCALES:
        return {f"{layer}.{SCALES[rest]}": value}
    part, _, kind = rest.rpartition(".")
    if part == "attn.qkv":
        thirds = value.chunk(3)
        return {
            f"{layer}.attention.attention.{which}.{kind}": one for which, one in zip(PROJECTIONS, thirds, strict=True)
        }
    return {f"{layer}.{PARTS[part]}.{kind}": value} if part in PARTS else {name: value}
