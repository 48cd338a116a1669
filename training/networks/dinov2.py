"""DINOv2's vision transformers S/14 and L/14 with a linear head, under the names of facebook/dinov2-small and -large.

Source: M. Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", arXiv 2304.07193; the
transformer is that of A. Dosovitskiy et al., arXiv 2010.11929, with layer scale (H. Touvron et al., arXiv 2103.17239).
The head reads [CLS, mean of the patches], the paper's section 7.1. Files of either publication load (see
dinov2_names.py). Positions were learnt for 37 x 37 patches; for other inputs they are resampled.

The secure compiler refuses it: attention multiplies secret values. It serves for frozen features and as a teacher.
"""

from __future__ import annotations

import torch
import torch.fx
from torch import Tensor, nn
from torch.nn import functional

from training.networks.dinov2_names import use_public_names
from training.networks.imagenet import MEAN, STD

CLASSES = 4
INPUT_SHAPE = (3, 224, 224)
PATCH_PX = 14
LEARNT = 37
"""Patches across that positions were learnt for: 518 pixels."""
NORM_EPS = 1e-6


def positions(learnt: Tensor, high: int, wide: int) -> Tensor:
    """Of [CLS] and of 37 x 37 patches, [1, 1370, width], for other patches: [1, 1 + high * wide, width]."""
    if high == wide == LEARNT:
        return learnt
    square = learnt[:, 1:].reshape(1, LEARNT, LEARNT, -1).permute(0, 3, 1, 2)
    sized = functional.interpolate(square, size=(high, wide), mode="bicubic", align_corners=False)
    return torch.cat([learnt[:, :1], sized.flatten(2).transpose(1, 2)], 1)


torch.fx.wrap("positions")  # a step of its own in a traced graph: its branches depend on sizes


class PatchEmbeddings(nn.Module):
    """float [N, 3, H, W], multiples of 14 -> [N, H / 14 * W / 14, width]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.projection = nn.Conv2d(3, width, PATCH_PX, PATCH_PX)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return self.projection(x).flatten(2).transpose(1, 2)


class Embeddings(nn.Module):
    """float [N, 3, H, W] -> tokens [N, 1 + H / 14 * W / 14, width], the first of them [CLS].

    mask_token takes part in DINOv2's own training only; it is here because checkpoints hold it.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.mask_token = nn.Parameter(torch.zeros(1, width))
        self.position_embeddings = nn.Parameter(torch.randn(1, 1 + LEARNT**2, width) * 0.02)
        self.patch_embeddings = PatchEmbeddings(width)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        patches = self.patch_embeddings(x)
        tokens = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), patches], 1)
        return tokens + positions(self.position_embeddings, x.shape[2] // PATCH_PX, x.shape[3] // PATCH_PX)


class Projections(nn.Module):
    """Queries, keys and values of tokens [N, T, width], each [N, heads, T, width / heads]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As the class says."""
        query, key, value = (
            layer(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for layer in (self.query, self.key, self.value)
        )
        return query, key, value


class Attention(nn.Module):
    """Tokens [N, T, width] -> the same, each a mixture of all."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = Projections(width, heads)
        self.output = nn.ModuleDict({"dense": nn.Linear(width, width)})

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        mixed = functional.scaled_dot_product_attention(*self.attention(x))
        return self.output["dense"](mixed.transpose(1, 2).flatten(2))

    def weights(self, x: Tensor) -> Tensor:
        """Of the mixtures, [N, heads, T, T]: row by row how much of each token; a row sums to 1."""
        query, key, _ = self.attention(x)
        return torch.softmax(query @ key.transpose(2, 3) / query.shape[3] ** 0.5, 3)


class LayerScale(nn.Module):
    """A learnt factor for each channel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.lambda1 = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return x * self.lambda1


class Mlp(nn.Module):
    """Four times as wide in between."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return self.fc2(functional.gelu(self.fc1(x)))


class Layer(nn.Module):
    """Attention and an MLP, each normalised before and scaled after. Tokens [N, T, width] -> the same."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(width, eps=NORM_EPS) for _ in range(2))
        self.attention = Attention(width, heads)
        self.layer_scale1, self.layer_scale2 = LayerScale(width), LayerScale(width)
        self.mlp = Mlp(width)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        x = x + self.layer_scale1(self.attention(self.norm1(x)))
        return x + self.layer_scale2(self.mlp(self.norm2(x)))


class Dinov2(nn.Module):
    """float [N, 3, H, W] RGB in [0, 1], H and W multiples of 14 -> scores float [N, classes]. It normalises itself."""

    def __init__(self, width: int, depth: int, heads: int, classes: int) -> None:
        super().__init__()
        self.embeddings = Embeddings(width)
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer(width, heads) for _ in range(depth))})
        self.layernorm = nn.LayerNorm(width, eps=NORM_EPS)
        self.classifier = nn.Linear(2 * width, classes)
        for name, values in (("mean", MEAN), ("std", STD)):
            self.register_buffer(name, torch.tensor(values)[:, None, None], persistent=False)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)
        use_public_names(self)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        tokens = self.tokens(x)
        return self.classifier(torch.cat([tokens[:, 0], tokens[:, 1:].mean(1)], 1))

    def tokens(self, x: Tensor) -> Tensor:
        """After the last norm: [N, 1 + H / 14 * W / 14, width], [CLS] and then the patches row by row."""
        return self.layernorm(self._layers(x, len(self.encoder["layer"])))

    def attention(self, x: Tensor) -> Tensor:
        """Of the last layer, [N, heads, T, T]; row 0 is where [CLS] looks."""
        last = self.encoder["layer"][-1]
        return last.attention.weights(last.norm1(self._layers(x, len(self.encoder["layer"]) - 1)))

    def _layers(self, x: Tensor, count: int) -> Tensor:
        x = self.embeddings((x - self.mean) / self.std)
        for layer in self.encoder["layer"][:count]:
            x = layer(x)
        return x


def dinov2_s(classes: int = CLASSES) -> Dinov2:
    """22,056,576 parameters and the head's 769 a class."""
    return Dinov2(384, 12, 6, classes)


def dinov2_l(classes: int = CLASSES) -> Dinov2:
    """304,368,640 parameters and the head's 2,049 a class."""
    return Dinov2(1024, 24, 16, classes)
