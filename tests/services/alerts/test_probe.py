"""The service as it is run, with every surface it has: a test room's alert is measured, and on none of them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import yaml

from localsite.consenting import Browser
from localsite.nats_pair import NatsPair
from localsite.pki import Pki
from localsite.redis_server import RedisServer
from tests.services.alerts.notify.care_record.server import fhir_server
from tests.services.alerts.notify.house.automation import PREFIX, automation
from tests.services.alerts.notify.receiver import receiving
from tests.services.alerts.process import AlertsProcess
from tests.services.alerts.rooms import rooms_on
from tests.support.mqtt_broker import USER, start_broker
from tests.support.waiting import eventually

TEST, CAMERA = "test-1", "probe-9"
PAGES = (
    "/ward/ward-1",
    "/ward/ward-1/room/room-8",
    "/ward/ward-1/history",
    "/ward/ward-1/history.csv",
    "/api/v1/alerts",
    "/ward/ward-1/reports",
    "/ward/ward-1/consents",
    "/api/v1/ward/ward-1",
)


def with_a_test_room(path: Path) -> None:
    """Add one to a site's file."""
    site = yaml.safe_load(path.read_text())
    camera = {"id": CAMERA, "name": "Virtual camera", "token_sha256": "b" * 64}
    site["wards"][0]["rooms"].append({"id": TEST, "name": "Nobody's room", "test": True, "cameras": [camera]})
    path.write_text(yaml.safe_dump(site))


async def test_a_test_rooms_pain_is_on_no_page_and_told_to_nobody(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path, pki: Pki
) -> None:
    broker = start_broker(tmp_path / "broker", *pki.cert("dashboard_web")[:2])
    try:
        async with (
            rooms_on(fresh_pair) as rooms,
            receiving() as webhook,
            receiving() as pager,
            automation(broker) as house,
        ):
            with fhir_server(tmp_path) as care_record:
                process = AlertsProcess(
                    fresh_pair,
                    fresh_redis.url,
                    tmp_path / "alerts",
                    webhook_urls=json.dumps([webhook.url]),
                    pager_urls=json.dumps([pager.url.replace("http://", "json://")]),
                    fhir_url=care_record.url,
                    fhir_token_file=care_record.token_file,
                    mqtt_url=broker.plain_url,
                    mqtt_prefix=PREFIX,
                    mqtt_user=USER,
                    mqtt_password_file=broker.password_file,
                )
                with_a_test_room(tmp_path / "alerts" / "site.yaml")
                await process.serve()
                try:
                    for ago in (12.0, 6.0, 1.0):
                        await rooms.pain(TEST, 3, ago, camera=CAMERA)
                    measured = f'veilward_alerts_probe_last_alert_timestamp_seconds{{camera="{CAMERA}"}}'
                    await eventually(lambda: _is(process, measured, lambda value: value > 0))
                    for ago in (6.0, 1.0):
                        await rooms.pain("room-8", 2, ago)
                    await eventually(lambda: _told(webhook.seen, pager.seen))
                    await house.sees("room-8", "raised")

                    async def recorded() -> bool:
                        return bool(await care_record.holds("Task"))

                    await eventually(recorded)
                    texts = await asyncio.to_thread(pages, process)
                    texts |= {"webhook": repr(webhook.seen), "pager": repr(pager.seen)}
                    texts |= {"house": repr(house.known), "audit": process.audit.read_text()}
                    kinds = ("Task", "Observation", "Communication", "Location", "Device")
                    texts |= {kind: repr(await care_record.holds(kind)) for kind in kinds}
                    texts["metrics"] = "\n".join(
                        line for line in process.metrics().splitlines() if "veilward_alerts_probe_" not in line
                    )
                finally:
                    process.stop()
                texts |= {
                    str(one.name): one.read_bytes().decode("latin-1")
                    for one in (tmp_path / "alerts").iterdir()
                    if one.is_file() and one.name != "site.yaml"
                }
    finally:
        broker.kill()
    assert sum("room-8" in text or "Room 8" in text for text in texts.values()) > len(PAGES), "and others are told"
    told = [name for name, text in texts.items() if TEST in text or CAMERA in text or "Nobody's room" in text]
    assert told == []


def pages(process: AlertsProcess) -> dict[str, str]:
    """What an overseer's browser shows, and what a program reads of the ward."""
    browser = Browser(process.url)
    options = ("--name", "Who looks everywhere", "--role", "overseer", "--every-ward")
    link = process.answer("people", "add", "looks", *options)
    browser.send(browser.page(link), link)
    return {path: browser.page(path) for path in PAGES}


async def _is(process: AlertsProcess, series: str, holds: object) -> bool:
    text = await asyncio.to_thread(process.metrics)
    values = [float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(series)]
    return any(map(holds, values))  # type: ignore[arg-type]


async def _told(*receivers: list[object]) -> bool:
    return all(receivers)
