"""Each test has a bench of its own."""

from pathlib import Path

import pytest

from tests.services.alerts.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
