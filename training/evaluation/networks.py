"""Networks that can be measured: a float one from a state dict or a bundle's own, and a bundle's integers.

Each turns crops into Scores. A network whose input is 48x48 grey gets the crops by the same function as a room's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import nn

from faces.crop import WIDE
from snni.compile.__main__ import load_factory
from snni.compile.float_network import FLOAT_FILE
from snni.errors import SnniError
from snni.model.bundle import Bundle
from snni.model.reference import Reference
from training.data.inputs import Images, fitted
from training.errors import WeightsError
from training.evaluation.errors import NetworkError
from training.evaluation.predictions import Scores
from training.networks.registry import NETWORKS
from training.networks.state_dict import fill, load_whole, read_state

DEFAULT_NETWORK = "training.networks.squeezenet:SqueezeNet"
RGB = (3, 224, 224)
Report = Callable[[int], None]


class Scorer(Protocol):
    """name: for the report. shape: [C, H, W] of an input. crop: the format of crops that it takes, of faces.crop."""

    @property
    def name(self) -> str: ...

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def crop(self) -> str: ...

    def score(self, images: Images, report: Report = ...) -> Scores:
        """Of uint8 [n, H, W, C]; report(crops done) is called on the way. Raises NetworkError: other pictures."""
        ...


@dataclass(frozen=True)
class FloatScorer:
    """A torch network of inputs [1, C, H, W] in [0, 1]."""

    module: Callable[[torch.Tensor], torch.Tensor]
    name: str
    shape: tuple[int, ...] = RGB
    crop: str = WIDE

    def score(self, images: Images, report: Report = lambda done: None) -> Scores:
        """As Scorer says."""
        rows = []
        with torch.no_grad():
            for done, pixels in enumerate(fitted(images, self.shape), 1):
                rows.append(self.module(torch.from_numpy(pixels[None]).float() / 255).reshape(-1).numpy())
                report(done)
        scores = np.stack(rows).astype(np.float64)
        if not np.isfinite(scores).all():
            raise NetworkError(f"{self.name}: scores that are not finite")
        return Scores(scores, scores.argmax(axis=1).astype(np.int64))


@dataclass(frozen=True)
class IntegerScorer:
    """A bundle in plaintext integers, truncations rounding by chance as drawn shares do: what secure inference gives.

    unit: real units of one integer score. seed: of the chance; each crop of a call has its own generator.
    """

    bundle: Bundle
    name: str
    unit: float
    seed: int = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """[C, H, W] of an input."""
        return self.bundle.plan.input_shape

    @property
    def crop(self) -> str:
        """The plan's."""
        return self.bundle.plan.crop_format

    def score(self, images: Images, report: Report = lambda done: None) -> Scores:
        """As Scorer says."""
        reference = Reference(self.bundle.plan, self.bundle.weights)
        rows, levels, overflow = [], [], 0
        for done, pixels in enumerate(fitted(images, self.shape), 1):
            trace = reference.run(pixels, np.random.default_rng([self.seed, done]))
            rows.append(trace.scores * self.unit)
            levels.append(trace.level)
            overflow += sum(trace.overflows.values())
            report(done)
        return Scores(np.stack(rows), np.array(levels, np.int64), overflow)


def load_bundle(directory: Path) -> IntegerScorer:
    """Raises NetworkError."""
    try:
        bundle = Bundle.load(directory)
    except SnniError as error:
        raise NetworkError(str(error)) from error
    return IntegerScorer(bundle, f"{bundle.plan.name}, the integers of {directory.name}", score_unit(bundle))


def score_unit(bundle: Bundle) -> float:
    """Real units of one integer score, as the card's table of values says. Raises NetworkError where it does not."""
    row = re.search(rf"^\| {re.escape(bundle.plan.scores)} \|.*\| ([0-9.e+-]+) \|$", bundle.card, re.M)
    try:
        unit = float(row[1]) if row else 0.0
    except ValueError:
        unit = 0.0
    if not unit > 0:
        raise NetworkError("the bundle's card.md does not say what one unit of the scores is; compile it again")
    return unit


def load_program(directory: Path) -> FloatScorer | None:
    """The float network that the compiler kept in a bundle, None where there is none. Raises NetworkError."""
    path = directory / FLOAT_FILE
    if not path.is_file():
        return None
    try:
        program = torch.export.load(path)
    except Exception as error:  # torch.export.load raises whatever its zip and JSON readers do
        raise NetworkError(f"{path}: not an exported network ({type(error).__name__})") from error
    shape = tuple(program.example_inputs[0][0].shape[1:])
    return FloatScorer(program.module(), f"the float network of {directory.name}", shape)


def load_network(factory: str, weights: Path, shape: tuple[int, ...] = RGB) -> tuple[nn.Module, FloatScorer]:
    """A network from package.module:factory, or by its name in the registry, with a state dict, in evaluation mode.

    A name's network has the classes of the file and its own input; the shape is that of a factory's.

    Raises:
        NetworkError, WeightsError: no such network or file, or the file is another's.
    """
    if factory in NETWORKS:
        module = _named(factory, weights)
        return module, FloatScorer(module, f"{factory} with {weights.name}", NETWORKS[factory].input_shape)
    try:
        module = load_factory(factory)
    except SnniError as error:
        raise NetworkError(str(error).replace("--module", "--network")) from error
    load_whole(module, weights, factory)
    return module, FloatScorer(module, f"{factory.partition(':')[2]} with {weights.name}", shape)


def _named(name: str, weights: Path) -> nn.Module:
    entry = NETWORKS[name]
    state = read_state(weights)
    head = state.get(f"{entry.blocks[-1]}weight")
    if head is None:
        raise WeightsError(weights, f"it has no {entry.head}, the layer that gives scores; train one")
    return fill(entry.factory(classes=len(head)), state, weights, name)
