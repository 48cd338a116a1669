"""A frozen network as a describer of crops: pooled features before its head, for heads that train in minutes."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from faces.crop import grey48
from training.data.dataset import to_input
from training.networks.imagenet import MEAN, STD
from training.networks.registry import Network

BATCH = 16


class Backbone(Protocol):
    """name: as frozen() takes it. width: of a description. digest: of its weights, for caches.

    Features of one backbone with one digest are the same on every call, up to the device's rounding.
    """

    name: str
    width: int
    digest: str

    def describe(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 [n, 224, 224, 3] RGB aligned crops to float32 [n, width]. Raises ValueError: other pictures."""
        ...


def require_crops(images: NDArray[np.uint8]) -> None:
    """Raise ValueError unless images is uint8 [n, H, W, 3]."""
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(f"crops are uint8 [n, 224, 224, 3], got {images.dtype} {list(images.shape)}")


def inputs_of(images: NDArray[np.uint8], shape: tuple[int, int, int]) -> Tensor:
    """Crops uint8 [n, H, W, 3] as a network takes them: float32 [n, C, H, W] in [0, 1]; of one channel: 48x48 grey."""
    channels, height, width = shape
    if channels == 1:
        return to_input(np.stack([grey48(image) for image in images])[..., None])
    if images.shape[1:3] == (height, width):
        return to_input(images)
    return to_input(np.stack([cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA) for one in images]))


class NetworkBackbone:
    """A network of the registry: what goes into its head, averaged over places where it still has some.

    Args:
        name, entry: of the registry.
        module: made by the entry; put into evaluation mode and onto the device.
        digest: of its weights.
        normalised: its weights expect (x - mean) / std of ImageNet, as torchvision's checkpoints do.
    """

    def __init__(
        self, name: str, entry: Network, module: nn.Module, digest: str, device: torch.device, *, normalised: bool
    ) -> None:
        self.name, self.digest = name, digest
        self._shape, self._device, self._normalised = entry.input_shape, device, normalised
        self._module = module.eval().requires_grad_(False).to(device)
        head = self._module.get_submodule(entry.head)
        self.width = int(head.in_features if isinstance(head, nn.Linear) else head.in_channels)
        self._seen: list[Tensor] = []
        head.register_forward_pre_hook(lambda _module, inputs: self._seen.append(inputs[0]))

    def describe(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """As Backbone says."""
        require_crops(images)
        rows = [np.zeros((0, self.width), np.float32)]
        for first in range(0, len(images), BATCH):
            rows.append(self._features(inputs_of(images[first : first + BATCH], self._shape)))
        return np.concatenate(rows)

    @torch.inference_mode()
    def _features(self, inputs: Tensor) -> NDArray[np.float32]:
        x = inputs.to(self._device)
        if self._normalised:
            mean, std = (torch.tensor(values, device=self._device)[:, None, None] for values in (MEAN, STD))
            x = (x - mean) / std
        self._seen.clear()
        self._module(x)
        features = self._seen.pop()
        flat = features.mean(dim=(2, 3)) if features.ndim == 4 else features
        return np.asarray(flat.float().cpu().numpy(), np.float32)
