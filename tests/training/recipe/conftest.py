"""Small trees of drawn people in each set's layout, prepared by the real command."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
import torch

from tests.training.recipe.quickly import Prepared
from training.commands.train import main
from training.datasets.imitation.biovid import write_biovid
from training.datasets.imitation.fer import rows, write_fer2013, write_ferplus
from training.datasets.imitation.listed import write_listed
from training.datasets.imitation.ravdess import write_ravdess
from training.datasets.imitation.unbc import Shape, write_unbc

WRITERS = {
    "unbc": (
        lambda root: write_unbc(root, Shape(3, 1, 4)),
        ["--classes", "pspi4", "--accept-licence", "unbc-mcmaster"],
    ),
    "unbc7": (
        lambda root: write_unbc(root, Shape(3, 1, 4)),
        ["--classes", "pspi7", "--accept-licence", "unbc-mcmaster"],
    ),
    "fer2013": (lambda root: write_fer2013(root, rows(28)), ["--accept-licence", "fer2013"]),
    "ferplus": (lambda root: write_ferplus(root, rows(28)), ["--classes", "emotion8", "--accept-licence", "fer2013"]),
    "ravdess": (lambda root: write_ravdess(root, (1, 2, 8, 15), ("03", "05")), ["--accept-licence", "ravdess"]),
    "biovid": (write_biovid, ["--classes", "heat2", "--every", "50", "--accept-licence", "biovid"]),
    "listed": (lambda root: write_listed(root, subjects=9), ["--accept-licence", "delaware"]),
}


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The folder that `./run train prepare` made of a tree, made when it is first asked for; not to be changed."""
    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            root = tmp_path_factory.mktemp(f"{name}-tree")
            out = tmp_path_factory.mktemp("prepared") / name
            write, words = WRITERS[name]
            write(root / "set")
            assert main(["prepare", str(root / "set"), "--out", str(out), *words]) == 0
            made[name] = out
        return made[name]

    return folder
