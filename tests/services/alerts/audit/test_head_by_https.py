"""Signed heads at an HTTPS server: kept once each, the newest known, told as a place that fails when it does."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from localsite.pki import Pki
from services.alerts.audit.anchor import APART_S, Anchor
from services.alerts.audit.head import opened_head
from services.alerts.audit.head_by_https import ByHttps
from services.alerts.errors import AuditUnavailable
from tests.services.alerts.audit.anchored import NAMES, Site
from tests.services.alerts.audit.logs import raised

TOKEN = "second-place"


@dataclass
class Folder:
    """What a server has taken. status: what it answers instead of anything."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    status: int | None = None

    async def answer(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.Response(status=401)
        if self.status is not None:
            return web.Response(status=self.status)
        if request.method == "GET":
            return web.Response(body=self.files[name]) if name in self.files else web.Response(status=404)
        if request.headers.get("If-None-Match") == "*" and name in self.files:
            return web.Response(status=412)
        self.files[name] = await request.read()
        return web.Response(status=201)

    def kept(self) -> list[int]:
        """The lines that the heads tell of, in the order of their names; the newest one is what is named so."""
        names = sorted(name for name in self.files if name != "newest.json")
        assert not names or self.files["newest.json"] == self.files[names[-1]]
        return [opened_head(self.files[name], NAMES).place.count for name in names]


@asynccontextmanager
async def serving(pki: Pki) -> AsyncIterator[Folder]:
    """Over TLS, as the ward's own authority vouches for it."""
    folder, context = Folder(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki.cert("dashboard_web")[:2])
    app = web.Application()
    app.router.add_route("*", "/heads/{name}", folder.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        port = runner.addresses[0][1]
        folder.url = f"https://127.0.0.1:{port}/heads/"
        yield folder
    finally:
        await runner.cleanup()


@pytest.fixture
async def folder(pki: Pki) -> AsyncIterator[Folder]:
    async with serving(pki) as one:
        yield one


@pytest.fixture
def place(folder: Folder, pki: Pki, tmp_path: Path) -> ByHttps:
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    return ByHttps(folder.url, token, ssl.create_default_context(cafile=str(pki.ca("web"))))


async def reigning(tmp_path: Path, place: ByHttps) -> tuple[Site, Anchor]:
    site = Site(tmp_path)
    anchor = site.new(places={"https": place})
    await site.lead()
    return site, anchor


async def test_heads_are_kept_each_under_its_own_name(tmp_path: Path, folder: Folder, place: ByHttps) -> None:
    site, anchor = await reigning(tmp_path, place)
    await site.look()
    await site.ledger.append([raised(1)])
    await site.look(APART_S)
    assert folder.kept() == [1, 2]
    assert anchor.well("https")
    head = folder.files["newest.json"]
    await place.keep(head)  # once more, as after an answer that was lost
    assert folder.kept() == [1, 2]
    assert await place.newest() == head


async def test_a_server_that_refuses_is_told_and_tried_again(tmp_path: Path, folder: Folder, place: ByHttps) -> None:
    site, anchor = await reigning(tmp_path, place)
    for status in (503, 403, 302):
        folder.status = status
        await site.look(APART_S)
        assert not anchor.well("https") and not folder.files
    folder.status = None
    await site.look(APART_S)
    assert anchor.well("https") and folder.kept() == [1]


async def test_a_wrong_token_and_a_strange_authority_are_refused(
    folder: Folder, place: ByHttps, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("another")
    with pytest.raises(AuditUnavailable, match="401"):
        await place.newest()
    with pytest.raises(AuditUnavailable):
        await ByHttps(folder.url, None).newest()
    (tmp_path / "token").unlink()
    with pytest.raises(AuditUnavailable):
        await place.newest()


async def test_a_log_that_lost_what_the_server_knows_is_found(tmp_path: Path, folder: Folder, place: ByHttps) -> None:
    site, _ = await reigning(tmp_path, place)
    await site.ledger.append([raised(1)])
    await site.look()
    assert folder.kept() == [2]
    (tmp_path / "audit.jsonl").unlink()
    site.lines.lines.clear()
    anchor = site.new(places={"https": place})
    await site.lead()
    await site.look(APART_S)
    assert anchor.cut is not None and anchor.cut.place.count == 2


async def test_what_is_no_head_gets_no_name(folder: Folder, place: ByHttps) -> None:
    for nonsense in (b"", b"{}", b'{"line": "x", "at": "y"}', b"[1]"):
        with pytest.raises(AuditUnavailable):
            await place.keep(nonsense)
    assert folder.files == {}
    assert await place.newest() is None
