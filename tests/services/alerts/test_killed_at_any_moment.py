"""kill -9 of Redis, the database, the hub or the leading process at drawn moments under load, with both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from localsite.postgres_server import PostgresServer, start_postgres
from tests.services.alerts.killed import VICTIMS, house
from tests.services.alerts.notify.receiver import receiving
from tests.services.alerts.rooms import rooms_on

SEED = 20_261_129
TOGETHER = 2 * len(VICTIMS)
"""After so many kills all is looked at."""
MOMENTS = [
    pytest.param(len(VICTIMS), id="one-of-each"),
    pytest.param(200, id="two-hundred", marks=pytest.mark.heavy),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PostgresServer | None]:
    """A server of the test's own, to be killed; None: the replicas share a file of this machine."""
    server = start_postgres(tmp_path / "postgres.log") if request.param == "postgresql" else None
    yield server
    if server is not None:
        server.stop()


@pytest.mark.parametrize("moments", MOMENTS)
async def test_no_alarm_is_lost_or_doubled(
    fresh_pair: NatsPair, postgres: PostgresServer | None, tmp_path: Path, moments: int
) -> None:
    async with (
        receiving() as receiver,
        rooms_on(fresh_pair) as rooms,
        house(fresh_pair, rooms, receiver, tmp_path, postgres) as ward,
    ):
        for first in range(0, moments, TOGETHER):
            await ward.moments(range(first, min(first + TOGETHER, moments)), SEED)
