"""The line from a room's bus over the edge to the ward's."""

import pytest

from localsite.nats_pair import start_pair
from tests.services.snni_client.line import Line


@pytest.fixture
async def line(tmp_path, pki):
    pair = start_pair(tmp_path, pki)
    await pair.provision()
    running = Line(tmp_path, pair)
    await running.ready()
    yield running
    running.stop()
    pair.stop()
