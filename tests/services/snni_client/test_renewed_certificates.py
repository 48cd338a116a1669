"""The SNNI pair's certificates renewed by a new authority: each end takes them up while it runs."""

from __future__ import annotations

from pathlib import Path

from localsite.nats_pair import start_pair
from localsite.pki import make_pki
from tests.services.snni_client.line import Line
from tests.support.renewal import Successor
from tests.support.waiting import eventually

SNNI_END = 'veilward_{}_certificate_not_after_timestamp_seconds{{certificate="snni"}}'


async def test_either_end_takes_up_a_new_authority_while_it_runs(tmp_path: Path) -> None:
    pair = start_pair(tmp_path, make_pki(tmp_path / "own"))
    successor = Successor(pair.pki, tmp_path / "successor")
    await pair.provision()
    line = Line(tmp_path, pair)
    try:
        await line.ready()
        successor.overlap()
        successor.take_over()
        sessions = len(line.events("edge_found"))
        line.server.kill()
        line.server.start()

        async def found() -> bool:
            assert line.client.running, line.client.log_end()
            return len(line.events("edge_found")) > sessions

        await eventually(found)
        successor.forget()
        sessions = len(line.events("edge_found"))
        line.client.kill()
        pair.restart_leaf()
        line.client.start()
        await eventually(found)
        assert line.server.running
        assert SNNI_END.format("snni_client") in line.client.metrics()
        assert SNNI_END.format("snni_server") in line.server.metrics()
    finally:
        line.stop()
        pair.stop()
