"""One small bundle for the tests of what measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.networks import grey


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle directory: 48x48 grey, four levels, random weights."""
    directory = tmp_path_factory.mktemp("bundle") / "grey"
    grey().save(directory)
    return directory
