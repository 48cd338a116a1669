"""The float network beside its bundle: kept by the compiler so that a secure result can be laid against it.

``float.pt2`` is a torch.export program, for the model provider alone like the weights, and readable as they are.
To load one is to run its maker's code: torch.export reads pickles.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from snni.errors import BundleError
from snni.model.whole_file import OWNER_ALONE, write_whole

FLOAT_FILE = "float.pt2"


def exported(module: nn.Module, shape: tuple[int, ...]) -> bytes:
    """The file's content, for one image [1, C, H, W]. Raises BundleError: torch.export does not take the module."""
    module.eval()
    try:
        program = torch.export.export(module, (torch.zeros(1, *shape),))
    except Exception as error:  # it runs the module's own code, and has errors of its own
        raise BundleError(f"torch.export does not take the network ({type(error).__name__})") from error
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # it names files of the machine that compiled
    file = io.BytesIO()
    torch.export.save(program, file)
    return file.getvalue()


def write_float(content: bytes, directory: Path) -> None:
    """What ``exported`` gave, into ``directory``, for its owner alone. Raises OSError."""
    write_whole(directory / FLOAT_FILE, content, OWNER_ALONE)


def save_float(module: nn.Module, shape: tuple[int, ...], directory: Path) -> None:
    """Export into ``directory``. Raises BundleError as ``exported``, OSError."""
    write_float(exported(module, shape), directory)


def float_scores(directory: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scores [N, F] of uint8 images [N, C, H, W] / 255. Raises BundleError when the file is not such a program."""
    path = directory / FLOAT_FILE
    try:
        network = torch.export.load(path).module()
    except Exception as error:  # torch.export.load raises whatever its zip and JSON readers do
        raise BundleError(f"{path}: not an exported network ({type(error).__name__})") from error
    with torch.no_grad():
        rows = [network(torch.from_numpy(image[None].astype(np.float32) / 255)).reshape(-1) for image in images]
    return np.asarray(torch.stack(rows).numpy(), np.float32)
