"""The float network that aware training starts from: a run's, or the one that a bundle keeps."""

from __future__ import annotations

import copy
import inspect
import re
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from snni.compile.float_network import FLOAT_FILE
from snni.model.bundle import CARD_FILE, PLAN_FILE
from snni.model.plan import Plan
from training.aware.prune import without
from training.errors import OptionError
from training.networks.registry import NETWORKS
from training.networks.state_dict import fill, load_whole
from training.runs.folder import WEIGHTS, make, named, read_run
from training.runs.model_card import DRAWN_LINE, PRIVATE_LINE, levels_of, licences_of

_VARIANT = re.compile(r"^- network: (\w+)(?:, pool (\w+))?(?:, without ReLUs ([\w. ]+))?$", re.M)


@dataclass(frozen=True)
class Structure:
    """A network of the registry. pool: None for its own. left_out: names of ReLUs, see prune."""

    network: str
    pool: str | None = None
    left_out: tuple[str, ...] = ()

    def make(self, classes: int) -> nn.Module:
        """With fresh weights. Raises OptionError."""
        if self.pool is not None and "pool" not in inspect.signature(NETWORKS[self.network].factory).parameters:
            raise OptionError(f"{self.network} leaves no choice of pool")
        module = make(self.network, classes, **({"pool": self.pool} if self.pool else {}))
        return without(module, self.left_out) if self.left_out else module

    def __str__(self) -> str:
        """What a card says, and `of_card` reads."""
        pool = f", pool {self.pool}" if self.pool else ""
        return self.network + pool + (f", without ReLUs {' '.join(self.left_out)}" if self.left_out else "")


@dataclass(frozen=True)
class FloatNetwork:
    """module: in evaluation mode. licences: that bind it already. drawn: it has seen faces of nobody alone.

    private: it must not be passed on, whatever the licences say. crop: the plan's.
    """

    module: nn.Module
    structure: Structure
    classes: tuple[str, ...]
    licences: tuple[str, ...]
    drawn: bool
    about: str
    private: bool = False
    crop: str | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """[C, H, W] of an input."""
        return NETWORKS[self.structure.network].input_shape

    def copied(self) -> nn.Module:
        """The module once more, to be changed."""
        return copy.deepcopy(self.module)


def from_run(folder: Path) -> FloatNetwork:
    """Raises OptionError, naming the file."""
    run = read_run(folder)
    structure = Structure(run.network)
    what = f"{run.network} with {len(run.classes)} levels"
    module = load_whole(structure.make(len(run.classes)), folder / WEIGHTS, what)
    return FloatNetwork(module, structure, run.classes, run.licences, run.drawn, f"run {folder.name}", crop=run.crop)


def from_bundle(folder: Path, network: str) -> FloatNetwork:
    """The float network of a bundle of `network`, or of what its card says it is.

    Raises:
        OptionError: the bundle keeps none, or it is another network's.
        BundleError: there is no sound plan.
    """
    plan, path = Plan.load(folder / PLAN_FILE), folder / FLOAT_FILE
    if not path.is_file():
        raise OptionError(f"{path}: no such file; without its float network a bundle cannot be trained, --run can")
    try:
        program = torch.export.load(path)
    except Exception as error:  # torch.export.load raises whatever its zip and JSON readers do
        raise OptionError(f"{path}: not an exported network ({type(error).__name__})") from error
    card = _card(folder)
    row = _VARIANT.search(card)
    structure = Structure(row[1], row[2], tuple((row[3] or "").split())) if row else Structure(network)
    if structure.network not in NETWORKS:
        raise OptionError(f"no network {structure.network}; there are {', '.join(sorted(NETWORKS))}")
    what = f"{structure.network} with {plan.levels} levels"
    module = fill(structure.make(plan.levels), program.state_dict, path, what)
    _same(module, program.module(), plan.input_shape, path, what)
    said = levels_of(card)
    classes = said if len(said) == plan.levels else named(plan.levels, folder / PLAN_FILE)
    drawn, private = card.startswith(DRAWN_LINE), card.startswith(PRIVATE_LINE)
    about = f"bundle {folder.name}"
    return FloatNetwork(module, structure, classes, licences_of(card), drawn, about, private, plan.crop)


def _card(folder: Path) -> str:
    try:
        return (folder / CARD_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(f"{folder / CARD_FILE}: {getattr(error, 'strerror', None) or 'not text'}") from error


def _same(module: nn.Module, program: nn.Module, shape: tuple[int, ...], path: Path, what: str) -> None:
    """Weights may fit a network that pools otherwise: it must compute what the program computes."""
    x = torch.rand(1, *shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        wanted, got = program(x), module(x)
    if wanted.shape != got.shape or not torch.allclose(wanted, got, rtol=1e-3, atol=1e-3 * float(wanted.abs().max())):
        raise OptionError(f"{path}: has the weights of {what}, but computes something else")
