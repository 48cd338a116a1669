"""Small trees in the layouts of published sets. They are drawn once; a test that spoils one copies it first."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.datasets.imitation.unbc import Shape, write_unbc

SHAPE = Shape(subjects=3, sequences=2, frames=4)


@pytest.fixture(scope="session")
def unbc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As published: 3 subjects, 2 sequences each, 4 frames each."""
    root = tmp_path_factory.mktemp("unbc")
    write_unbc(root, SHAPE)
    return root
