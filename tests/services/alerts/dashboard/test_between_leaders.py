"""While leadership changes a person reads words in the own language; programs and scripts get JSON."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import httpx
import pytest
from starlette.types import ASGIApp

from services.alerts.dashboard.between_leaders import BetweenLeaders
from services.alerts.dashboard.render import Renderer
from services.alerts.dashboard.request_guard import RequestGuard
from services.alerts.errors import Deposed
from services.alerts.leading.forwarding import Forwarding
from services.alerts.leading.lease import Word
from services.alerts.leading.switch import Switch, WhileLeading

PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
AGAIN = '<meta http-equiv="refresh" content="2">'
TAKES_OVER = "Another machine is taking over the ward’s page. It comes by itself in a few seconds."


async def _not_any_more() -> None:
    raise Deposed


@pytest.fixture(params=["nobody_leads", "leader_away", "deposed"])
def changing(request: pytest.FixtureRequest) -> Iterator[tuple[str, ASGIApp]]:
    """What a program is told, and the replica that is asked: nobody leads, who leads is gone, or this one led."""
    between, error = BetweenLeaders(Renderer()), str(request.param)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen: whoever connects is refused
        word = Word("alerts-1", f"http://127.0.0.1:{nobody.getsockname()[1]}", key="k")
        leader = word if error == "leader_away" else None
        app: ASGIApp = Forwarding(lambda: leader, asyncio.Event(), between)
        if error == "deposed":
            app = WhileLeading(app, _not_any_more, between)
        yield error, RequestGuard(Switch(app), ("ward.test",), secure=False)


def asking(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ward.test")


async def test_a_person_reads_words_in_the_own_language(changing: tuple[str, ASGIApp]) -> None:
    _, app = changing
    async with asking(app) as client:
        page = await client.get("/", headers=PERSON)
        german = await client.get("/ward/ward-1", headers=PERSON | {"Accept-Language": "de"})
    for answer in (page, german):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.headers["content-type"].startswith("text/html") and AGAIN in answer.text
        assert answer.headers["content-security-policy"] and answer.headers["cache-control"] == "no-store"
    assert TAKES_OVER in page.text and '<html lang="en">' in page.text
    assert "Eine andere Maschine übernimmt" in german.text and '<html lang="de">' in german.text


async def test_a_form_that_was_sent_is_not_sent_again_by_itself(changing: tuple[str, ASGIApp]) -> None:
    _, app = changing
    async with asking(app) as client:
        answer = await client.post("/api/v1/alerts/x/ack", headers=PERSON)
    assert answer.status_code == 503 and AGAIN not in answer.text
    assert "what you sent may not have been taken" in answer.text and '<a class="button" href="/">' in answer.text


async def test_programs_and_scripts_get_json(changing: tuple[str, ASGIApp]) -> None:
    error, app = changing
    async with asking(app) as client:
        for headers in ({}, {"Accept": "text/event-stream"}, PERSON | {"Authorization": "Bearer t"}):
            answer = await client.get("/api/v1/alerts", headers=headers)
            assert (answer.status_code, answer.json()) == (503, {"error": error})
            assert answer.headers["retry-after"] == "1"
