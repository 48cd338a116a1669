"""The real process: a pause begun at its button outlasts kill -9, and is told to the ward."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from localsite.nats_pair import NatsPair
from services.probe.whip_client import http_session
from tests.services.bus.ward import states_of
from tests.services.ingest.consent.ward import Ward
from tests.services.ingest.process import IngestProcess
from tests.support.waiting import eventually


async def shown(http: aiohttp.ClientSession, process: IngestProcess) -> str:
    """The page."""
    async with http.get(f"https://localhost:{process.ports()['button']}/") as answer:
        return await answer.text()


async def test_a_pause_begun_in_the_room_outlasts_a_kill(joined_pair: NatsPair, tmp_path: Path) -> None:
    settings = {
        "consent_keys": Ward().write_key(tmp_path / "keys.pem"),
        "consent_store": tmp_path / "store",
        "button_port": 0,
        "heartbeat_s": 0.2,
    }
    process = IngestProcess(tmp_path, joined_pair, ("button-1",), **settings)
    async with http_session(process.ca) as http:
        with process.start():
            assert "Nothing is processed" in await shown(http, process)
            url = f"https://localhost:{process.ports()['button']}"
            async with http.post(f"{url}/pause", data={"minutes": "30"}, headers={"Origin": url}) as answer:
                assert "by somebody in the room" in await answer.text()
            process.kill()
        with process.start():
            assert "by somebody in the room" in await shown(http, process)

            async def told() -> bool:
                last = (await states_of(joined_pair, "button-1", 1))[-1]
                return last.status == "paused" and last.detail["consent_by"] == "room"

            await eventually(told)
