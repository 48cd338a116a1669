"""What a person reads whose request the guard refuses: why and what to do, in the own language; programs get JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from services.alerts.dashboard import request_guard
from services.alerts.dashboard.guard_refusals import STYLES, WORDS
from services.alerts.dashboard.languages.language import NAMES, language
from services.alerts.dashboard.request_guard import MAX_BODY_BYTES, RequestGuard

PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
REFUSED: dict[str, tuple[int, str, dict[str, str], bytes]] = {
    "unknown_host": (421, "GET", {"Host": "evil.example"}, b""),
    "foreign_origin": (403, "POST", {"Origin": "https://evil.example"}, b""),
    "body_too_large": (413, "POST", {}, b"x" * (MAX_BODY_BYTES + 1)),
}


async def served(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("served")(scope, receive, send)


def asking() -> httpx.AsyncClient:
    guard = RequestGuard(served, ("ward.test",), secure=False)
    return httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://ward.test")


@pytest.mark.parametrize("error", REFUSED)
@pytest.mark.parametrize("code", NAMES)
async def test_a_person_reads_why_and_what_to_do(error: str, code: str) -> None:
    status, method, headers, body = REFUSED[error]
    async with asking() as client:
        answer = await client.request(
            method, "/ward/ward-1", headers=PERSON | headers | {"Accept-Language": code}, content=body
        )
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html") and answer.headers["content-security-policy"]
    assert f'<html lang="{code}">' in answer.text
    for text in WORDS[error]:
        assert language(code).say(text) in answer.text
        assert code == "en" or text not in answer.text
    assert ('<a class="button" href="/">' in answer.text) is (error != "unknown_host"), "there it would lead here again"
    assert "ward.test" not in answer.text


@pytest.mark.parametrize("error", REFUSED)
async def test_programs_and_scripts_get_json(error: str) -> None:
    status, method, headers, body = REFUSED[error]
    async with asking() as client:
        for told in ({}, {"Accept": "text/event-stream"}, PERSON | {"Authorization": "Bearer t"}):
            answer = await client.request(method, "/api/v1/alerts", headers=headers | told, content=body)
            assert (answer.status_code, answer.json()) == (status, {"error": error})


async def test_a_form_that_comes_too_slowly_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_guard, "BODY_TIMEOUT_S", 0.01)

    async def never() -> AsyncIterator[bytes]:
        yield b"note="
        await asyncio.Event().wait()

    async with asking() as client:
        answer = await client.post("/act", headers=PERSON, content=never())
    assert answer.status_code == 408
    assert all(text in answer.text for text in WORDS["body_too_slow"])


async def test_the_refusals_own_styles_are_had_under_any_name_and_nothing_else_is() -> None:
    async with asking() as client:
        page = await client.get("/", headers=PERSON | REFUSED["unknown_host"][2])
        for path in STYLES:
            assert f'href="{path}"' in page.text
            assert (await client.get(path, headers={"Host": "evil.example"})).text == "served"
            assert (await client.post(path, headers={"Host": "evil.example"})).status_code == 421
        for path in ("/static/ward.js", "/static/../api/v1/alerts", "/static/ward.css/", "/sign-in"):
            assert (await client.get(path, headers={"Host": "evil.example"})).status_code == 421
