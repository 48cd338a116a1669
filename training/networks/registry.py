"""The networks by name: how to make one, what it takes, where it comes from, and of which blocks it is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import nn

from training.networks import (
    convnet48,
    dinov2,
    expression,
    facenet,
    mobilenet_v2,
    mobilenet_v3,
    narrow_readers,
    resnet,
    squeezenet,
    three_readers,
    two_readers,
)


@dataclass(frozen=True)
class Network:
    """A network that can be trained here. Its inputs are in [0, 1].

    Attributes:
        factory: called with ``classes`` by name.
        input_shape: [C, H, W].
        about: one line with the source.
        blocks: prefixes of state-dict names, each ending in a dot, from input to output; every name has exactly one.
            The last is the head: the layer whose shape depends on the number of classes.
        normalises: whether it does its public checkpoints' normalisation itself; the others leave it to the caller
            (see imagenet.py).
        compiles: whether the secure compiler takes it. Those it refuses serve as teachers and for frozen features.
    """

    factory: Callable[..., nn.Module]
    input_shape: tuple[int, int, int]
    about: str
    blocks: tuple[str, ...]
    normalises: bool = False
    compiles: bool = True

    @property
    def head(self) -> str:
        """The head's name as a module."""
        return self.blocks[-1].removesuffix(".")

    def block_of(self, name: str) -> int:
        """The index in blocks of a state dict's name. Raises KeyError: it is in none."""
        for index, prefix in enumerate(self.blocks):
            if name.startswith(prefix):
                return index
        raise KeyError(f"{name} is in none of the blocks {', '.join(self.blocks)}")


def _numbered(prefix: str, indices: range | tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"{prefix}.{index}." for index in indices)


RESNET_BLOCKS = ("conv1.", "bn1.", "layer1.", "layer2.", "layer3.", "layer4.", "fc.")
V3_SMALL_BLOCKS = (*_numbered("features", range(13)), "classifier.0.", "classifier.3.")
V3_LARGE_BLOCKS = (*_numbered("features", range(17)), "classifier.0.", "classifier.3.")
FACENET_BLOCKS = (
    *(f"conv2d_{place}." for place in ("1a", "2a", "2b", "3b", "4a", "4b")),
    *(*_numbered("repeat_1", range(5)), "mixed_6a.", *_numbered("repeat_2", range(10)), "mixed_7a."),
    *(*_numbered("repeat_3", range(5)), "block8.", "last_linear.", "last_bn.", "logits."),
)


def _transformer_blocks(depth: int) -> tuple[str, ...]:
    return ("embeddings.", *_numbered("encoder.layer", range(depth)), "layernorm.", "classifier.")


NETWORKS = {
    "squeezenet": Network(
        squeezenet.squeezenet_v1_1,
        (3, 224, 224),
        "SqueezeNet v1.1, arXiv 1602.07360",
        (*_numbered("features", (0, *squeezenet.FIRES)), f"classifier.{squeezenet.CLASSIFIER}."),
    ),
    "resnet18": Network(resnet.resnet18, resnet.INPUT_SHAPE, "ResNet18, arXiv 1512.03385", RESNET_BLOCKS),
    "resnet50": Network(resnet.resnet50, resnet.INPUT_SHAPE, "ResNet50 v1.5, arXiv 1512.03385", RESNET_BLOCKS),
    "convnet48": Network(
        convnet48.convnet48,
        convnet48.INPUT_SHAPE,
        "ConvNet for grey 48x48 faces, arXiv 2102.03513",
        (*_numbered("features", (0, 3, 5, 8, 10)), *_numbered("classifier", (0, 3, 6))),
    ),
    "expression_net": Network(
        expression.expression_net,
        expression.INPUT_SHAPE,
        "face-api's expression network, https://github.com/vladmandic/face-api",
        ("halve.", "dense0.", "dense1.", "dense2.", "dense3.", "fc."),
        normalises=True,
    ),
    "expression_two_readers": Network(
        two_readers.two_readers,
        expression.INPUT_SHAPE,
        "face-api's expression network, and a second reader for drawn faces",
        (
            *("halve.", "dense0.", "dense1.", "dense2.", "dense3."),
            *("cells.", "low_doubt.", "middle_doubt.", "switch.", "first.", "second.", "gate.", "levels."),
        ),
        normalises=True,
    ),
    "expression_three_readers": Network(
        three_readers.three_readers,
        expression.INPUT_SHAPE,
        "face-api's expression network and face_classification's, and a reader for drawn faces",
        (
            *("halve.", "dense0.", "dense1.", "dense2.", "dense3.", "third."),
            *("cells.", "low_doubt.", "middle_doubt.", "switch.", "first.", "second.", "gate.", "levels."),
        ),
        normalises=True,
    ),
    "expression_narrow_readers": Network(
        narrow_readers.narrow_readers,
        expression.INPUT_SHAPE,
        "the same three readers, the lower halves of two of them made narrower",
        (
            *("lower.", "dense2.", "dense3.", "third."),
            *("cells.", "low_doubt.", "middle_doubt.", "switch.", "first.", "second.", "gate.", "levels."),
        ),
        normalises=True,
    ),
    "mobilenet_v2": Network(
        mobilenet_v2.mobilenet_v2,
        mobilenet_v2.INPUT_SHAPE,
        "MobileNetV2, arXiv 1801.04381",
        (*_numbered("features", range(19)), "classifier.1."),
    ),
    "mobilenet_v3_small": Network(
        mobilenet_v3.mobilenet_v3_small,
        mobilenet_v3.INPUT_SHAPE,
        "MobileNetV3 small with ReLU and without excitations, after arXiv 1905.02244",
        V3_SMALL_BLOCKS,
    ),
    "mobilenet_v3_large": Network(
        mobilenet_v3.mobilenet_v3_large,
        mobilenet_v3.INPUT_SHAPE,
        "MobileNetV3 large with ReLU and without excitations, after arXiv 1905.02244",
        V3_LARGE_BLOCKS,
    ),
    "mobilenet_v3_small_published": Network(
        partial(mobilenet_v3.mobilenet_v3_small, published=True),
        mobilenet_v3.INPUT_SHAPE,
        "MobileNetV3 small as published, with hard-swish and excitations, arXiv 1905.02244",
        V3_SMALL_BLOCKS,
        compiles=False,
    ),
    "mobilenet_v3_large_published": Network(
        partial(mobilenet_v3.mobilenet_v3_large, published=True),
        mobilenet_v3.INPUT_SHAPE,
        "MobileNetV3 large as published, with hard-swish and excitations, arXiv 1905.02244",
        V3_LARGE_BLOCKS,
        compiles=False,
    ),
    "facenet": Network(
        facenet.facenet,
        facenet.INPUT_SHAPE,
        "FaceNet's Inception-ResNet v1, arXiv 1503.03832 and 1602.07261",
        FACENET_BLOCKS,
        normalises=True,
    ),
    "dinov2_s": Network(
        dinov2.dinov2_s,
        dinov2.INPUT_SHAPE,
        "DINOv2 S/14 with a linear head, arXiv 2304.07193",
        _transformer_blocks(12),
        normalises=True,
        compiles=False,
    ),
    "dinov2_l": Network(
        dinov2.dinov2_l,
        dinov2.INPUT_SHAPE,
        "DINOv2 L/14 with a linear head, arXiv 2304.07193",
        _transformer_blocks(24),
        normalises=True,
        compiles=False,
    ),
}
COMPILED = {name: entry for name, entry in NETWORKS.items() if entry.compiles}
"""Those that secure inference can run."""


def network(name: str) -> Network:
    """The entry of a name. Raises KeyError naming those there are."""
    if name not in NETWORKS:
        raise KeyError(f"no network {name}; there are {', '.join(sorted(NETWORKS))}")
    return NETWORKS[name]
