"""The passes in order: a torch module and calibration images in, a bundle out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from pydantic import TypeAdapter, ValidationError
from torch import nn

from snni.compile.agreement import Agreement, assert_no_overflow, compare, expected_error
from snni.compile.calibrate import Statistics, image_shape, measure, read_images
from snni.compile.card import write_card
from snni.compile.components import apart
from snni.compile.compose import Judge, composed
from snni.compile.emit import Weights, emit
from snni.compile.equalise import Factors, equalised, factors
from snni.compile.feedback import fed_back
from snni.compile.fold import fold_affine
from snni.compile.gathers import without_gathers
from snni.compile.graph import Graph, Real
from snni.compile.headroom import value_headroom
from snni.compile.leaks import without_leaks
from snni.compile.lower import Lowered, lower
from snni.compile.pads import without_pads
from snni.compile.reorder import average_before_pointwise, relu_after_maxpool
from snni.compile.rings import Rings, choose_rings
from snni.compile.scales import ACTIVATION_BITS, Scales, choose_scales
from snni.compile.trace import trace
from snni.compile.windows import IGNORED_BITS
from snni.compile.worth import never
from snni.errors import BundleError, ParameterError
from snni.model.bundle import Bundle
from snni.model.plan import Plan
from snni.model.values import Name

MAX_COMPARED = 64
PASSES = ("trace", "calibrate", "equalise", "scale", "emit", "compare")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Quantised:
    """A network with a scale, a shift and a ring for every value, its weights still real.

    ``lowered`` holds the equalised weights, ``factors`` what each value's channels were divided by.
    """

    lowered: Lowered
    factors: Factors
    statistics: Statistics
    scales: Scales
    rings: Rings

    def emit(self, name: str, crop: str | None = None) -> tuple[Plan, Weights]:
        """The plan and integer weights, rounded to nearest. Raises ParameterError, BundleError."""
        return emit(self.lowered.graph, self.statistics, self.scales, self.rings, name, crop)


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


def real_graph(module: nn.Module, shape: tuple[int, int, int], worth: Judge = never) -> Graph:
    """The passes before any number is rounded: trace, then what has no step in a plan into what has, then reorder and,
    where asked, compose. worth: which convolutions become one."""
    graph = relu_after_maxpool(fold_affine(without_pads(without_gathers(without_leaks(trace(module, shape))))))
    return apart(graph if worth is never else composed(average_before_pointwise(graph), worth))


def single_precision(module: nn.Module) -> nn.Module:
    """The module, or a copy of it in float32 where it has numbers of other precision; what a wrapper wraps.

    Raises:
        BundleError: it cannot be copied.
    """
    if isinstance(module, nn.DataParallel):
        module = module.module
    module = getattr(module, "_orig_mod", module)  # torch.compile's
    tensors = [*module.parameters(), *module.buffers()]
    if all(tensor.dtype == torch.float32 for tensor in tensors if tensor.is_floating_point()):
        return module
    try:
        return copy.deepcopy(module).float()
    except Exception as error:  # copying runs the module's own code
        raise BundleError(f"{type(module).__name__} has no copy in float32 ({error}); call .float() on it") from error


def compile_network(
    module: nn.Module,
    calibration: Iterable[torch.Tensor],
    name: str = "network",
    classes: Sequence[str] | None = None,
    headroom_bits: int = 1,
    activation_bits: int = ACTIVATION_BITS,
    progress: Progress = lambda _: None,
    ignored_bits: int = IGNORED_BITS,
    crop: str | None = None,
    worth: Judge = never,
    feedback: bool = False,
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
        ignored_bits: how many of an activation's low bits comparisons drop; fewer is more exact near zero, and dearer.
        crop: how images are cut, [a-z0-9-]+, goes into the plan; none where their shape says it.
        worth: which convolutions with nothing nonlinear between them become one.
        feedback: weights make good what earlier ones lost by rounding; else each is rounded to the nearest.

    Raises:
        UnsupportedLayer: a layer without a protocol; says what to use instead.
        BundleError: a network that does not fit the engine's bounds.
        ParameterError: calibration images that are none, or a name that no plan may have.
    """
    _check_name(name)
    module, batches = single_precision(module), read_images(calibration)
    quantised = quantise(module, batches, headroom_bits, activation_bits, progress, ignored_bits, worth)
    progress("emit")
    if feedback:
        quantised = replace(quantised, lowered=fed_back(quantised.lowered, quantised.scales, batches))
    plan, weights = quantised.emit(name, crop)
    progress("compare")
    return assemble(quantised, plan, weights, module, batches, classes)


def _check_name(name: str) -> None:
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise ParameterError(f"name: {name!r} is not 1 to 96 of a-z, 0-9, _ and .") from None


def quantise(
    module: nn.Module,
    batches: Sequence[torch.Tensor],
    headroom_bits: int = 1,
    activation_bits: int = ACTIVATION_BITS,
    progress: Progress = lambda _: None,
    ignored_bits: int = IGNORED_BITS,
    worth: Judge = never,
) -> Quantised:
    """The passes before any weight is rounded; batches: of ``read_images``. Errors as ``compile_network``."""
    progress("trace")
    graph = real_graph(module, image_shape(batches), worth)
    progress("calibrate")
    statistics = measure(graph, batches)
    progress("equalise")
    found = factors(graph, statistics)
    lowered = lower(equalised(graph, found))
    statistics = measure(lowered.graph, batches)
    progress("scale")
    scales = choose_scales(lowered, statistics, headroom_bits, activation_bits, ignored_bits)
    rings = choose_rings(lowered.graph, statistics, scales, headroom_bits, ignored_bits)
    return Quantised(lowered, found, statistics, scales, rings)


def assemble(
    quantised: Quantised,
    plan: Plan,
    weights: Weights,
    module: nn.Module,
    batches: Sequence[torch.Tensor],
    classes: Sequence[str] | None = None,
) -> Compiled:
    """A bundle of integer weights, these or others for the same plan, compared with ``module`` and described.

    Raises:
        BundleError: a value leaves its ring or window on an image of ``batches``.
        ParameterError: not one class name for each level.
    """
    scales = quantised.scales
    graph = quantised.lowered.graph
    agreement = compare(Bundle(plan, weights), module, _spread(batches), scales.scale[graph.output], graph.closing)
    assert_no_overflow(agreement)
    bundle = Bundle(plan, weights).committed()
    headroom = value_headroom(graph, quantised.statistics, scales, quantised.rings)
    card = write_card(bundle.plan, scales, headroom, agreement, sum(len(b) for b in batches), classes)
    expected = expected_error(quantised.lowered, scales, quantised.statistics)
    return Compiled(replace(bundle, card=card), scales, expected, agreement)


def compile(
    module: nn.Module,
    calibration: Iterable[torch.Tensor],
    name: str = "network",
    classes: Sequence[str] | None = None,
    headroom_bits: int = 1,
    activation_bits: int = ACTIVATION_BITS,
    progress: Progress = lambda _: None,
    ignored_bits: int = IGNORED_BITS,
    crop: str | None = None,
    worth: Judge = never,
    feedback: bool = False,
) -> Bundle:
    """The bundle alone of ``compile_network``; same arguments and errors."""
    return compile_network(
        module,
        calibration,
        name,
        classes,
        headroom_bits,
        activation_bits,
        progress,
        ignored_bits,
        crop,
        worth,
        feedback,
    ).bundle


def _spread(batches: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """At most MAX_COMPARED images, evenly from all of them."""
    images = [batch[i : i + 1] for batch in batches for i in range(len(batch))]
    step = max(1, -(-len(images) // MAX_COMPARED))
    return images[::step]
