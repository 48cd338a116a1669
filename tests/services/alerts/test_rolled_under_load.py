"""Every process of the ward, and both NATS servers, are restarted in turn, as an upgrade does, while rooms are busy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from localsite.postgres_server import PostgresServer, start_postgres
from tests.services.alerts.killed import house
from tests.services.alerts.notify.receiver import receiving
from tests.services.alerts.rooms import rooms_on

pytestmark = pytest.mark.heavy


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[PostgresServer]:
    server = start_postgres(tmp_path / "postgres.log")
    yield server
    server.stop()


async def test_no_alarm_is_lost_or_doubled(fresh_pair: NatsPair, postgres: PostgresServer, tmp_path: Path) -> None:
    folder = tmp_path / "house"
    folder.mkdir()
    async with (
        receiving() as receiver,
        rooms_on(fresh_pair) as rooms,
        house(fresh_pair, rooms, receiver, folder, postgres) as ward,
    ):
        await ward.rolled()
