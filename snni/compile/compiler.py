"""The passes in order: a torch module and calibration images in, a bundle out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from snni.bundle import Bundle
from snni.compile.agreement import Agreement, assert_no_overflow, compare, expected_error
from snni.compile.calibrate import image_shape, measure, read_images
from snni.compile.card import write_card
from snni.compile.emit import emit
from snni.compile.equalise import equalise
from snni.compile.fold import fold_batch_norm
from snni.compile.graph import Graph, Real
from snni.compile.lower import lower
from snni.compile.reorder import relu_after_maxpool
from snni.compile.rings import choose_rings
from snni.compile.scales import ACTIVATION_BITS, Scales, choose_scales
from snni.compile.trace import trace

MAX_COMPARED = 64
PASSES = ("trace", "calibrate", "equalise", "scale", "emit", "compare")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Compiled:
    """A bundle and what the compiler learnt making it.

    ``scales`` gives real units of every value, ``expected`` the standard deviation of each score's error in real
    units (see ``agreement.expected_error``), ``agreement`` what the calibration images showed.
    """

    bundle: Bundle
    scales: Scales
    expected: Real
    agreement: Agreement

    @property
    def score_scale(self) -> float:
        """Real units of one integer score."""
        return self.scales.scale[self.bundle.plan.scores]


def real_graph(module: nn.Module, shape: tuple[int, int, int]) -> Graph:
    """The passes before any number is rounded: trace, fold, reorder."""
    return relu_after_maxpool(fold_batch_norm(trace(module, shape)))


def compile_network(
    module: nn.Module,
    calibration: Iterable[torch.Tensor],
    name: str = "network",
    classes: Sequence[str] | None = None,
    headroom_bits: int = 1,
    activation_bits: int = ACTIVATION_BITS,
    progress: Progress = lambda _: None,
) -> Compiled:
    """Compile ``module``, in eval mode, for images like those of ``calibration``.

    Args:
        module: takes float images [N, C, H, W] in [0, 1], returns scores [N, F].
        calibration: images [C, H, W] or batches of them, floats in [0, 1] or uint8.
        name: [a-z0-9_.]+, goes into the plan.
        classes: what the F levels are called, for the card.
        headroom_bits: how many bits larger than on any calibration image a value may be.
        activation_bits: what a typical activation gets; wider is more exact, and dearer in every comparison.
        progress: called with each name of ``PASSES`` as it starts.

    Raises:
        UnsupportedLayer: a layer without a protocol; says what to use instead.
        BundleError: a network that does not fit the engine's bounds.
        ParameterError: calibration images that are none.
    """
    batches = read_images(calibration)
    progress("trace")
    module.eval()
    graph = real_graph(module, image_shape(batches))
    progress("calibrate")
    statistics = measure(graph, batches)
    progress("equalise")
    lowered = lower(equalise(graph, statistics))
    statistics = measure(lowered.graph, batches)
    progress("scale")
    scales = choose_scales(lowered, statistics, headroom_bits, activation_bits)
    rings = choose_rings(lowered.graph, statistics, scales, headroom_bits)
    progress("emit")
    plan, weights = emit(lowered.graph, statistics, scales, rings, name)
    progress("compare")
    bundle = Bundle(plan, weights)
    agreement = compare(bundle, module, _spread(batches), scales.scale[lowered.graph.output])
    assert_no_overflow(agreement)
    card = write_card(plan, scales, agreement, sum(len(b) for b in batches), classes)
    return Compiled(
        Bundle(plan, weights, card).committed(), scales, expected_error(lowered, scales, statistics), agreement
    )


def compile(
    module: nn.Module,
    calibration: Iterable[torch.Tensor],
    name: str = "network",
    classes: Sequence[str] | None = None,
    headroom_bits: int = 1,
    activation_bits: int = ACTIVATION_BITS,
    progress: Progress = lambda _: None,
) -> Bundle:
    """The bundle alone of ``compile_network``; same arguments and errors."""
    return compile_network(module, calibration, name, classes, headroom_bits, activation_bits, progress).bundle


def _spread(batches: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """At most MAX_COMPARED images, evenly from all of them."""
    images = [batch[i : i + 1] for batch in batches for i in range(len(batch))]
    step = max(1, -(-len(images) // MAX_COMPARED))
    return images[::step]
