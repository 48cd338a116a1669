"""What a training run left: its folder's metrics.json, and whether its network may be given to others.

`./run train` writes float.safetensors, calibration.npy and metrics.json, `./run evaluate` a report.json. Of
metrics.json these keys are read: network (a name of training.networks.registry), classes (names, a scheme's name, or
how many), licences (whose terms bind it) and accepted, data, recipe, seed, test, crop (a format of
faces.crop; without it the usual one), and facts (lines for the card, in place of what the levels of a run of four
usually are). A run of drawn faces may leave out the first three: then they
are the default's. A NOTICE there goes with whatever is compiled from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from training.datasets.labels import SCHEMES
from training.errors import OptionError, RunError
from training.networks.registry import NETWORKS

METRICS, REPORT, WEIGHTS, CALIBRATION = "metrics.json", "report.json", "float.safetensors", "calibration.npy"
CHECKPOINT, NOTICE = "checkpoint.pt", "NOTICE"
CALIBRATION_CROPS = 64
"""That a run leaves for the compiler."""
LEVELS = ("no pain", "mild", "moderate", "severe")
DEFAULT_NETWORK = "squeezenet"
DRAWN = "drawn faces"


@dataclass(frozen=True)
class Run:
    """classes: names, in order. licences: of all data. report: of `./run evaluate`, None where there is none."""

    folder: Path
    network: str
    classes: tuple[str, ...]
    licences: tuple[str, ...]
    metrics: Mapping[str, Any]
    report: Mapping[str, Any] | None = None

    @property
    def drawn(self) -> bool:
        """Trained on faces of nobody alone."""
        return not self.licences and str(self.metrics.get("data", "")).startswith(DRAWN)

    @property
    def data(self) -> str:
        """What it was trained on, in words: as the run says, or for each of its sets."""
        said = self.metrics.get("data", "not described")
        if not isinstance(said, list):
            return str(said)
        sets = [one for one in said if isinstance(one, dict)]
        return "; ".join(
            f"{one.get('dataset')}, {one.get('subjects')} subjects, {one.get('crops')} crops, split by "
            f"{one.get('split_by')}"
            for one in sets
        )

    @property
    def crop(self) -> str | None:
        """The format of the crops that its network takes; None for the usual one."""
        said = self.metrics.get("crop")
        return None if said is None else str(said)

    @property
    def seed(self) -> Any:
        """Of training; None where the run does not say."""
        return self.metrics.get("seed", dict(self.metrics.get("recipe") or {}).get("seed"))


def read_run(folder: Path) -> Run:
    """Raises RunError, naming the file."""
    metrics = _json(folder / METRICS)
    where = folder / METRICS
    drawn = str(metrics.get("data", "")).startswith(DRAWN)
    if "licences" not in metrics and not drawn:
        raise RunError(f"{where}: does not say under whose licences the data are (licences: [names])")
    licences = metrics.get("licences", [])
    if not isinstance(licences, list) or not all(isinstance(name, str) for name in licences):
        raise RunError(f"{where}: licences is not a list of names")
    network = metrics.get("network", DEFAULT_NETWORK if drawn else None)
    if network not in NETWORKS:
        raise RunError(f"{where}: network is {network!r}; there are {', '.join(sorted(NETWORKS))}")
    report = _json(folder / REPORT) if (folder / REPORT).is_file() else None
    classes = named(metrics.get("classes", len(LEVELS) if drawn else None), where)
    return Run(folder, network, classes, tuple(sorted(set(licences))), metrics, report)


def has_licences(folder: Path) -> bool:
    """Whether there is a metrics.json that names some. Raises RunError: it cannot be read."""
    return (folder / METRICS).is_file() and "licences" in _json(folder / METRICS)


def named(classes: Any, where: Path) -> tuple[str, ...]:
    """Names of classes, from names, from a scheme's name or from how many there are. Raises RunError."""
    if isinstance(classes, int) and classes >= 2:
        return LEVELS if classes == len(LEVELS) else tuple(str(level) for level in range(classes))
    if isinstance(classes, list) and len(classes) >= 2:
        return tuple(str(name) for name in classes)
    if isinstance(classes, str) and classes in SCHEMES:
        return SCHEMES[classes].classes
    raise RunError(f"{where}: classes is {classes!r}, neither names, nor a scheme's name, nor a number from 2")


def save_weights(network: nn.Module, path: Path) -> None:
    """Its state dict, on the CPU."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    save_file(tensors, path)


def make(network: str, classes: int, **options: object) -> nn.Module:
    """A network of the registry. Raises OptionError: no such network, or it does not take the options."""
    if network not in NETWORKS:
        raise OptionError(f"no network {network}; there are {', '.join(sorted(NETWORKS))}")
    try:
        return NETWORKS[network].factory(classes=classes, **options)
    except TypeError as error:
        raise OptionError(f"{network} does not take {', '.join(options) or 'a number of classes'}") from error


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunError(f"{path}: {error.strerror or 'cannot be read'}; name a training run's folder") from error
    except ValueError as error:
        raise RunError(f"{path}: not JSON") from error
    if not isinstance(found, dict):
        raise RunError(f"{path}: not an object")
    return found
