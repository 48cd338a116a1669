"""A network to begin with, or to learn from: a bundle's float network, or what a training run left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from faces.crop import WIDE
from snni.compile.float_network import FLOAT_FILE
from snni.errors import SnniError
from snni.model.bundle import Bundle
from training.errors import RunError
from training.networks.registry import NETWORKS
from training.networks.state_dict import load_whole
from training.runs.folder import LEVELS, METRICS, NOTICE, WEIGHTS, make, read_run
from training.runs.model_card import PRIVATE_LINE, licences_of

SHOWN = 3


@dataclass(frozen=True)
class Start:
    """A network of four levels, in evaluation mode.

    Attributes:
        name: the folder's. kind: of training.networks.registry. crop: a format of faces.crop.
        licences: whose terms bind it. notice: what must go with it; empty for none.
    """

    network: nn.Module
    name: str
    kind: str
    crop: str
    licences: tuple[str, ...]
    notice: str = ""

    @property
    def shape(self) -> tuple[int, int, int]:
        """[C, H, W] of an input."""
        return NETWORKS[self.kind].input_shape


def start_of(folder: Path) -> Start:
    """Raises RunError: neither a run's folder nor a bundle with its float network, or not of four levels."""
    found = _of_run(folder) if (folder / METRICS).is_file() else _of_bundle(folder)
    notice = folder / NOTICE
    if notice.is_file():
        found = Start(found.network, found.name, found.kind, found.crop, found.licences, notice.read_text("utf-8"))
    return found


def _of_run(folder: Path) -> Start:
    run = read_run(folder)
    if run.classes != LEVELS:
        raise RunError(f"{folder}: its classes are {', '.join(run.classes)}, not the four levels of pain")
    network = load_whole(make(run.network, len(LEVELS)), folder / WEIGHTS, run.network)
    return Start(network.eval(), folder.name, run.network, run.crop or WIDE, run.licences)


def _of_bundle(folder: Path) -> Start:
    try:
        bundle = Bundle.load(folder)
    except (SnniError, OSError) as error:
        raise RunError(f"{folder}: neither what `./run train` left nor a bundle ({error})") from error
    if PRIVATE_LINE in bundle.card:
        raise RunError(f"{folder}: a private bundle; name the run that it is of, which says whose terms bind it")
    try:
        state = dict(torch.export.load(folder / FLOAT_FILE).state_dict)
    except Exception as error:  # torch.export.load raises whatever its zip and JSON readers do
        raise RunError(f"{folder / FLOAT_FILE}: no float network to train ({type(error).__name__})") from error
    kind = _kind_of(folder, state)
    network = make(kind, len(LEVELS))
    network.load_state_dict(state)
    return Start(network.eval(), folder.name, kind, bundle.plan.crop_format, licences_of(bundle.card))


def _kind_of(folder: Path, state: dict[str, Tensor]) -> str:
    """The network of the registry that has these tensors and no others."""
    shapes = {name: value.shape for name, value in state.items()}
    for kind, entry in NETWORKS.items():
        if not entry.compiles or not any(name.startswith(entry.blocks[0]) for name in shapes):
            continue
        with torch.device("meta"):
            made = entry.factory(classes=len(LEVELS))
        if {name: value.shape for name, value in made.state_dict().items()} == shapes:
            return kind
    shown = ", ".join(sorted(shapes)[:SHOWN])
    raise RunError(f"{folder / FLOAT_FILE}: of four levels and known by its tensors ({shown}, ...) is no network here")
