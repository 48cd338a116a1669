"""Pagers: ntfy's way and e-mail, each to a real server of its protocol; no person and no secret is told."""

from __future__ import annotations

import asyncio
import email
import json
import logging
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.alerts.dashboard.pager_words import PagerWords
from services.alerts.dashboard.render import Renderer
from services.alerts.notify.pager import OLDEST, Pager
from services.alerts.policy.alert import Outcome
from services.runtime.errors import SettingsError
from tests.services.alerts.bench import Bench
from tests.services.alerts.dashboard.access.house import two_wards
from tests.services.alerts.notify.delivering import delivering
from tests.services.alerts.notify.receiver import receiving
from tests.support.waiting import eventually

BERLIN = "Europe/Berlin"


class Mailbox:
    """What an SMTP server was given."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content))
        return "250 OK"


def pager(bench: Bench, url: str, code: str = "en", ward: str = "") -> Pager:
    words = PagerWords(bench.site, Renderer(BERLIN, code))
    return Pager(url, words, bench.clock, bench.metrics, first_pause_s=0.01, ward=ward)


def paged_by(tmp_path: Path, url: str, code: str = "en") -> Bench:
    return Bench(tmp_path, others=lambda bench: [pager(bench, url, code)])


async def paged(bench: Bench, result: str, count: int) -> None:
    async def enough() -> bool:
        return bench.value("pager_deliveries_total", result=result) >= count

    await eventually(enough)


def ntfy(url: str) -> str:
    return url.replace("http://", "ntfy://").replace("/hook", "/night-shift")


async def test_ntfy_is_told_of_calls_alone_by_room_level_and_time(tmp_path: Path) -> None:
    async with receiving(200, 200) as receiver:
        bench = paged_by(tmp_path, ntfy(receiver.url))
        async with delivering(bench):
            alert = await bench.raised()
            await paged(bench, "delivered", 1)
            promised = (await bench.accept(alert, "Ada Lovelace")).ack
            await bench.tick(400)
            await paged(bench, "delivered", 2)
    told = [json.loads(body) for _, body in receiver.seen]
    room = bench.site.wards[0].rooms[0].name
    assert promised is not None
    at = Renderer(BERLIN).clock(promised.expires_at, bench.now)
    assert [one["topic"] for one in told] == ["night-shift"] * 2
    assert [one["title"] for one in told] == [f"{room}: Moderate, 2 of 3"] * 2
    assert told[0]["message"].startswith("Pain was seen. ")
    assert told[1]["message"] == f"Somebody promised to go and has not come. {at}, {bench.site.wards[0].name}."
    assert not any("Ada" in body.decode() or "Lovelace" in body.decode() for _, body in receiver.seen)


async def test_a_wards_pager_is_called_for_its_own_and_for_another_that_nobody_answers(tmp_path: Path) -> None:
    """The other ward's rings after two minutes without an answer, and no more once somebody has taken it."""
    answers = [200] * 9
    async with receiving(*answers) as own, receiving(*answers) as other:
        bench = Bench(
            tmp_path,
            site=two_wards(tmp_path),
            others=lambda bench: [
                pager(bench, ntfy(own.url), ward="ward-1"),
                pager(bench, ntfy(other.url), ward="ward-2"),
            ],
        )
        async with delivering(bench):
            alert = await bench.raised("room-1", 3)
            await bench.tick(66)
            await paged(bench, "delivered", 2)
            assert (len(own.seen), len(other.seen)) == (2, 0)
            await bench.tick(126)
            await paged(bench, "delivered", 4)
            assert (len(own.seen), len(other.seen)) == (3, 1)
            await bench.tick(186)
            await paged(bench, "delivered", 6)
            assert (len(own.seen), len(other.seen)) == (4, 2)
            await bench.accept(alert)
            await bench.arrive(alert)
            await bench.resolve(alert, Outcome.PAIN_TREATED)
            await bench.tick(4000)
            await paged(bench, "delivered", 7)
            assert (len(own.seen), len(other.seen)) == (5, 2)
    told = [[json.loads(body)["message"].partition(".")[0] for _, body in one.seen] for one in (own, other)]
    assert told[0][-1] == "It is time to look again after an intervention"
    assert told[1] == ["Nobody has answered yet: more people are asked", "Nobody has answered yet"]


async def test_a_pager_that_is_away_is_tried_again_and_shows_no_address_in_logs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiving(503, 500, 200) as receiver:
        bench = paged_by(tmp_path, ntfy(receiver.url).replace("ntfy://", "ntfy://nurse:hunter2-of-the-night@"))
        async with delivering(bench):
            await bench.raised()
            await paged(bench, "delivered", 1)
    assert bench.value("pager_deliveries_total", result="failed") == 2 and not bench.notifier.failing
    assert "hunter2-of-the-night" not in caplog.text + str([record.args for record in caplog.records])


async def test_e_mail_by_a_real_server_in_the_wards_language(tmp_path: Path) -> None:
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        url = f"mailto://127.0.0.1:{port}?mode=insecure&from=ward@home.example&to=night@home.example&format=text"
        bench = paged_by(tmp_path, url, "de")
        async with delivering(bench):
            await bench.raised()
            await paged(bench, "delivered", 1)
    (mail,) = box.mails
    assert mail["To"] and "night@home.example" in mail["To"]
    text = mail.get_payload(decode=True)
    parts = (
        [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()] if text is None else [text]
    )
    said = b"".join(one for one in parts if isinstance(one, bytes)).decode()
    assert "Schmerz" in said and bench.site.wards[0].name in said


async def test_what_waited_too_long_is_passed_over_and_counts_as_told_to_nobody(tmp_path: Path) -> None:
    async with receiving() as receiver:
        bench = paged_by(tmp_path, ntfy(receiver.url))
        alert = await bench.raised()
        bench.at(60 + OLDEST.total_seconds())

        async def nothing_waits() -> bool:
            return bench.notifier.waiting == 0

        async with delivering(bench):
            await eventually(nothing_waits)
    (open_alert,) = bench.ward_state.open_alerts()
    assert receiver.seen == [] and (open_alert.id, open_alert.notified_at) == (alert, None)


@pytest.mark.parametrize("url", ["nonsense://somewhere", "ntfy:/", "not an address"])
def test_an_address_that_nobody_knows_is_refused_without_being_shown(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        pager(Bench(tmp_path), url + "?secret=abc")
    assert "VEILWARD_ALERTS_PAGER_URLS" in str(refused.value) and "abc" not in str(refused.value)
