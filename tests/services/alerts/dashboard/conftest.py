"""Each test has a bench of its own, and where it asks for it a page over that."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.alerts.bench import Bench
from tests.services.alerts.dashboard.over_http import Site
from tests.services.alerts.page import served


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
async def site(bench: Bench) -> AsyncIterator[Site]:
    async with served(bench) as (page, client):
        yield bench, page, client
