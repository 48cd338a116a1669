"""Backbones by name. Nothing downloads: weights are a file that you have, or drawn."""

from __future__ import annotations

from pathlib import Path

import torch

from training.backbones.backbone import Backbone, NetworkBackbone
from training.backbones.landmarks import NAME, LandmarkBackbone
from training.engine.device import chosen
from training.errors import UnknownBackboneError
from training.networks.registry import NETWORKS
from training.networks.state_dict import load_body

NAMES = tuple(sorted((*NETWORKS, NAME)))
IMAGENET_CLASSES = 1000
SEED = 0
"""Of weights that no file gives: features of drawn weights, a floor to compare with."""


def frozen(name: str, weights: Path | None = None, device: str = "cpu") -> Backbone:
    """A describer of crops.

    Args:
        name: one of NAMES: a network of the registry, or "landmarks", which needs weights.
        weights: a checkpoint, .safetensors or .pt, public or of a network trained here; its head is not used. A head
            of 1000 classes tells a public ImageNet checkpoint, whose inputs are normalised. Without a file the
            weights are drawn from a fixed seed.
        device: "cpu", "cuda" or "cuda:N".

    Raises:
        UnknownBackboneError, WeightsError, DeviceError: as they say.
    """
    if name not in NAMES:
        raise UnknownBackboneError(name, NAMES)
    place = chosen(device)
    if name == NAME:
        return LandmarkBackbone(weights, place)
    entry = NETWORKS[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        module = entry.factory(classes=4)
    if weights is None:
        return NetworkBackbone(name, entry, module, f"drawn-{SEED}-torch-{torch.__version__}", place, normalised=False)
    loaded = load_body(module, entry, weights)
    public = loaded.classes == IMAGENET_CLASSES and not entry.normalises
    return NetworkBackbone(name, entry, module, loaded.sha256, place, normalised=public)
