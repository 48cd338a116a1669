"""The label of a clip beside the alert whose time it is of: shown, told, kept; it raises and clears nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from services.alerts.dashboard.camera_view import CameraView
from services.alerts.dashboard.ward_view import room_view
from services.alerts.errors import StoreCorrupt
from services.alerts.intake.recovery import StreamReplay
from services.alerts.policy.evidence import Verdict
from services.alerts.state.camera_record import bound_record, decode_record, encode_record
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.page import served
from tests.services.alerts.stream import stream

KEY = "ward-1/room-1/cam-room-1"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[tuple[Bench, httpx.AsyncClient]]:
    bench = Bench(tmp_path)
    await bench.alive()
    async with served(bench) as (_, client):
        yield bench, client


def lead(bench: Bench) -> CameraView:
    return room_view(bench.ward_state, bench.site.wards[0], "room-1", bench.now).lead


async def clip(bench: Bench, seconds: float, level: int, crops: int = 3) -> Verdict:
    """One whose newest crop was captured at seconds, received a second later."""
    message = bench.epoch.clip("room-1", level, START + timedelta(seconds=seconds), crops=crops)
    bench.at(seconds + 1)
    bench.sent.append(message)  # type: ignore[arg-type]
    return (await bench.writer.receive(message)).verdict


async def test_a_label_stands_beside_the_alert_of_its_time(site: tuple[Bench, httpx.AsyncClient]) -> None:
    bench, client = site
    await clip(bench, 0, 3)
    await bench.raised(seconds=10)
    assert "clip" not in (await client.get("/")).text, "a clip of before the pain says nothing of it"
    await clip(bench, 20, 2)
    tile = (await client.get("/")).text.split('id="room-room-1"')[1].split("</article>")[0]
    assert "Clip of 3 pictures: <b>Moderate</b>" in tile
    ward = (await client.get("/api/v1/ward/ward-1")).json()
    (camera,) = next(room["cameras"] for room in ward["rooms"] if room["id"] == "room-1")
    assert (camera["clip"]["level"], camera["clip"]["word"], camera["clip"]["seconds"]) == (2, "Moderate", 10.0)
    await clip(bench, 50, 1, crops=1)
    assert "Clip of 1 picture: <b>Mild</b>" in (await client.get("/")).text


async def test_a_label_raises_nothing_and_clears_nothing(site: tuple[Bench, httpx.AsyncClient]) -> None:
    bench, client = site
    for seconds in range(0, 100, 10):
        await clip(bench, seconds, 3)
    assert lead(bench).alert is None and lead(bench).level is None
    assert "Clip of" not in (await client.get("/")).text
    await bench.raised(seconds=100)
    for seconds in range(110, 200, 10):
        await clip(bench, seconds, 0)
    alert = lead(bench).alert
    assert alert is not None and alert.level == 2


async def test_repeats_and_older_ones_change_nothing(site: tuple[Bench, httpx.AsyncClient]) -> None:
    bench, _ = site
    await bench.raised()
    await clip(bench, 20, 2)
    repeated = bench.sent[-1]
    await clip(bench, 60, 1)
    assert (await bench.writer.receive(repeated)).verdict is Verdict.DUPLICATE
    found = lead(bench).clip
    assert found is not None and found.level == 1
    assert bench.value("messages_total", kind="clip", verdict="duplicate") == 1


async def test_a_label_outlasts_a_restart_by_redis_copy_and_by_the_stream(
    site: tuple[Bench, httpx.AsyncClient], tmp_path: Path
) -> None:
    bench, _ = site
    await bench.raised()
    await clip(bench, 20, 2)
    record = bench.ward_state.cameras[KEY]
    kept = encode_record(record)
    assert decode_record(kept) == record
    for part in ("level", "origin", "at"):
        with pytest.raises(StoreCorrupt):
            decode_record(kept | {"clip": {name: one for name, one in kept["clip"].items() if name != part}})
    assert decode_record({name: one for name, one in kept.items() if name != "clip"}).clip is None, "of before"
    new = Bench(tmp_path, site=bench.site)
    new.at(22)
    await StreamReplay(new.writer).run(stream(bench.sent))
    assert lead(new).clip == lead(bench).clip


async def test_a_label_moves_with_the_clock_and_is_never_of_the_future(site: tuple[Bench, httpx.AsyncClient]) -> None:
    bench, _ = site
    await bench.raised()
    await clip(bench, 20, 2)
    found = lead(bench).clip
    assert found is not None
    await bench.set_clock(3600)
    assert lead(bench).clip == replace(found, at=found.at + timedelta(hours=1))
    record = bench.ward_state.cameras[KEY]
    bound_record(record, START, bench.ward_state.policy.rules)
    assert record.clip is not None and record.clip.at == START
