"""The ward's page says who is on, and in which rooms it cannot see."""

from __future__ import annotations

from pathlib import Path

from services.alerts.actor import Role
from tests.services.alerts.bench import Bench
from tests.services.alerts.page import served


async def test_who_may_answer_is_named_once_and_gone_when_the_session_ends(tmp_path: Path) -> None:
    async with served(Bench(tmp_path)) as (page, ada):
        await page.client("Ada")  # a second browser of hers
        ben = await page.client("Ben", Role.CARER, wards=("ward-1",))
        await page.client("Zoe", Role.CARER, wards=("ward-9",))
        await page.client("Tom", Role.TECHNICIAN)
        await page.client("Wall", Role.SCREEN)
        await page.on_duty.look()
        page.ward_page.refresh()
        html = (await ada.get("/ward/ward-1")).text
        assert "<b>Who is on</b> Ada, Ben</p>" in html
        await ben.post("/sign-out")
        await page.on_duty.look()
        page.ward_page.refresh()
        assert "<b>Who is on</b> Ada</p>" in (await ada.get("/ward/ward-1")).text


async def test_rooms_with_a_broken_link_are_named_above_all(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.alive()
    for key in bench.ward_state.cameras:
        await bench.pain(0.0, 0, key.split("/")[1], key.split("/")[2])
    async with served(bench) as (page, _):
        page.ward_page.refresh()
        assert page.ward_page.spoken("en").parts["banner"].text == ""
        await bench.state(1, "ingest", "offline", "room-2")
        page.ward_page.refresh()
        said = page.ward_page.spoken("en").parts["banner"].text
        assert "In 1 room a link from camera to ward is broken: Room 2." in said
        assert 'href="/ward/ward-1/chain"' in said
        await bench.state(2, "ingest", "live", "room-2")
        page.ward_page.refresh()
        assert "Room 2" not in page.ward_page.spoken("en").parts["banner"].text
