"""Receivers are tried out from their page: each kind against a real server, which is told that nobody needs to come."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import ssl
from pathlib import Path

import httpx
from aiomqtt import Client

from localsite.pki import Pki
from services.alerts.actor import Role
from services.alerts.dashboard.pager_words import PagerWords
from services.alerts.dashboard.render import Renderer
from services.alerts.notify.care_record.alert_receiver import CareRecord
from services.alerts.notify.care_record.fhir_server import FhirServer
from services.alerts.notify.care_record.names import Names
from services.alerts.notify.house.broker import Broker
from services.alerts.notify.house.room_states import RoomStates
from services.alerts.notify.pager import Pager
from services.alerts.notify.trial import Tried
from tests.services.alerts.bench import Bench, always
from tests.services.alerts.notify.care_record.server import fhir_server
from tests.services.alerts.notify.receiver import receiving
from tests.services.alerts.page import served
from tests.support.mqtt_broker import PASSWORD, USER, start_broker


async def press(client: httpx.AsyncClient, one: Tried) -> str:
    """Send a test as the page's form does; what the page then says of it."""
    html = (await client.get("/receivers")).text
    assert f'action="/receivers/{one.key}/test"' in html
    answer = await client.post(f"/receivers/{one.key}/test")
    assert answer.status_code == 200
    said = re.search(r'<p role="status" class="(\w+)">(.*?)</p>', answer.text, re.DOTALL)
    assert said is not None, answer.text
    return f"{said[1]}: {re.sub('<.*?>', '', said[2]).partition(' ')[2]}"


async def test_a_webhook_is_told_a_signed_test_and_its_answer_is_shown(tmp_path: Path) -> None:
    async with receiving(204, 500) as receiver:
        bench = Bench(tmp_path, urls=[receiver.url], secret=b"secret")
        async with served(bench) as (page, _):
            client, hook = await page.client("Tom", Role.TECHNICIAN), bench.notifier.receivers[0]
            assert await press(client, hook) == "done: It answered with status 204."
            assert await press(client, hook) == "problem: It answered with status 500."
    headers, body = receiver.seen[0]
    told = json.loads(body)
    assert (told["change"], told["by"], "alert" in told) == ("test", "Tom", False)
    assert headers["veilward-test"] == "true"
    assert headers["veilward-signature"] == "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert bench.notifier.waiting == 0


async def test_one_that_is_away_is_shown_so_and_no_address_stands_on_the_page(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/hook?key=hunter2"
    bench = Bench(tmp_path, urls=[url], others=lambda one: [pager(one, f"ntfy://nurse:hunter2@127.0.0.1:{port}/night")])
    async with served(bench) as (page, _):
        client = await page.client("Olga", Role.OVERSEER)
        hook, paged = bench.notifier.receivers
        assert await press(client, hook) == "problem: It could not be reached."
        assert await press(client, paged) == "problem: It refused the test."
        assert "hunter2" not in (await client.get("/receivers")).text


def pager(bench: Bench, url: str) -> Pager:
    return Pager(url, PagerWords(bench.site, Renderer(None)), bench.clock, bench.metrics)


async def test_a_pager_is_told_that_nobody_needs_to_come(tmp_path: Path) -> None:
    async with receiving(200) as receiver:
        url = receiver.url.replace("http://", "ntfy://").replace("/hook", "/night")
        bench = Bench(tmp_path, others=lambda one: [pager(one, url)])
        async with served(bench) as (page, _):
            client = await page.client("Olga", Role.OVERSEER)
            client.headers["Accept-Language"] = "de"
            said = await press(client, bench.notifier.receivers[0])
    assert said == "done: Er hat den Test angenommen."
    assert json.loads(receiver.seen[0][1])["message"] == "Dies ist ein Test von Olga. Niemand muss kommen."


async def test_the_care_record_learns_of_the_software_once_and_of_no_alarm(tmp_path: Path) -> None:
    with fhir_server(tmp_path) as server:

        def record(bench: Bench) -> list[CareRecord]:
            words = PagerWords(bench.site, Renderer(None))
            at = FhirServer(server.url, server.token_file)
            return [CareRecord(at, Names(bench.site), words, bench.metrics.care_record)]

        bench = Bench(tmp_path, others=record)
        async with served(bench) as (page, _):
            client = await page.client("Olga", Role.OVERSEER)
            for _ in range(2):
                assert await press(client, bench.notifier.receivers[0]) == "done: It answered with status 200."
            server.token_file.write_text("another")
            assert await press(client, bench.notifier.receivers[0]) == "problem: It answered with status 401."
        held = await server.holds("Device")
        assert [one["deviceName"][0]["name"] for one in held] == ["Veilward"]
        assert await server.holds("Observation") == await server.holds("Task") == []


async def test_the_houses_broker_acknowledges_a_test_and_keeps_nothing_of_it(tmp_path: Path, pki: Pki) -> None:
    broker = start_broker(tmp_path / "broker", *pki.cert("dashboard_web")[:2])
    try:
        bench = Bench(tmp_path)
        context = ssl.create_default_context(cafile=str(pki.ca("web")))
        at = Broker(broker.url, "home/veilward", "home", USER, broker.password_file, context)
        states = RoomStates(at, bench.site, bench.ward_state.open_alerts, bench.metrics, always)
        async with served(bench, receivers=[states]) as (page, _):
            client = await page.client("Olga", Role.OVERSEER)
            async with Client("127.0.0.1", broker.plain_port, username=USER, password=PASSWORD) as house:
                await house.subscribe("home/veilward/#", qos=1)
                assert await press(client, states) == "done: It took the test."
                message = await anext(aiter(house.messages))
                assert str(message.topic) == "home/veilward/test" and not message.retain
                assert message.payload == b"This is a test by Olga. Nobody needs to come."
            async with Client("127.0.0.1", broker.plain_port, username=USER, password=PASSWORD) as later:
                await later.subscribe("home/veilward/#", qos=1)
                await later.publish("home/veilward/first", b"first", qos=1)
                assert str((await anext(aiter(later.messages))).topic) == "home/veilward/first"
            broker.kill()
            assert await press(client, states) == "problem: It could not be reached."
    finally:
        broker.kill()
