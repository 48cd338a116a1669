"""Who is let in: only the right certificate, of the right authority, in its day, on the right side."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlparse

import pytest
from nats.aio.client import Client, Srv

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import Pki, make_pki
from services.bus.connection import TlsClient
from services.bus.errors import BusRefused, BusUnavailable
from services.bus.identities import spiffe
from services.bus.nats_bus import Bus
from services.bus.settings import BusSettings
from services.runtime.errors import SettingsError, UnusableFile
from services.runtime.metrics import Metrics
from services.runtime.settings import load
from services.runtime.stream_server import serve_streams
from tests.support.waiting import PATIENCE_S

LONG_AGO = datetime.now(UTC) - timedelta(days=3)


async def connect(settings: BusSettings) -> None:
    """Connect as ingest and leave."""
    bus = await Bus.connect(settings, "ingest", patience_s=PATIENCE_S, metrics=Metrics())
    await bus.close()


async def test_the_right_certificate(nats_pair: NatsPair) -> None:
    await connect(nats_pair.settings("ingest"))


@pytest.mark.parametrize(
    ("name", "authority", "uri", "side", "start"),
    [
        ("expired", "bus-room", spiffe("room", "ingest"), "client", LONG_AGO),
        ("early", "bus-room", spiffe("room", "ingest"), "client", datetime.now(UTC) + timedelta(days=1)),
        ("nobody", "bus-room", spiffe("room", "nobody"), "client", None),
        ("elsewhere", "bus-room", "spiffe://other/room/ingest/0", "client", None),
        ("wrong-zone", "bus-ward", spiffe("room", "ingest"), "client", None),
        ("stranger", "stranger", spiffe("room", "ingest"), "client", None),
        ("server-side", "bus-room", spiffe("room", "ingest"), "server", None),
    ],
)
async def test_a_wrong_certificate_is_refused(
    nats_pair: NatsPair, name: str, authority: str, uri: str, side: str, start: datetime | None
) -> None:
    cert, key, _ = nats_pair.pki.issue(name, authority, uri, side, start)  # type: ignore[arg-type]
    settings = nats_pair.settings("ingest").model_copy(update={"nats_cert": cert, "nats_key": key})
    with pytest.raises(BusRefused):
        await connect(settings)


async def test_a_client_of_the_ward_is_nobody_in_the_room(nats_pair: NatsPair) -> None:
    ward = nats_pair.settings("alerts")
    settings = ward.model_copy(update={"nats_url": nats_pair.leaf.url, "nats_ca": nats_pair.pki.ca("bus-room")})
    with pytest.raises(BusRefused):
        await connect(settings)


async def test_the_leafs_certificate_opens_no_client_connection(nats_pair: NatsPair) -> None:
    settings = nats_pair.settings("alerts", certificate="leaf_remote")
    with pytest.raises(BusRefused):
        await connect(settings)


async def test_a_server_of_another_authority_is_refused(nats_pair: NatsPair, tmp_path: Path) -> None:
    other = make_pki(tmp_path / "other")
    settings = nats_pair.settings("ingest").model_copy(update={"nats_ca": other.ca("bus-room")})
    with pytest.raises(BusRefused):
        await connect(settings)


@pytest.mark.parametrize("field", ["nats_ca", "nats_cert", "nats_key"])
async def test_a_file_that_is_no_certificate_is_named_and_nobody_is_dialled(
    nats_pair: NatsPair, tmp_path: Path, field: str
) -> None:
    noise = tmp_path / "noise.pem"
    noise.write_text("noise")
    for path in (noise, tmp_path / "none.pem"):
        settings = nats_pair.settings("ingest").model_copy(update={field: path, "nats_url": "tls://localhost:1"})
        with pytest.raises(UnusableFile) as caught:
            await connect(settings)
        assert caught.value.path == (settings.nats_ca if field == "nats_ca" else settings.nats_cert)


def test_settings_without_certificates_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILWARD_BUS_NATS_CA", "ca.pem")
    with pytest.raises(SettingsError) as caught:
        load(BusSettings)
    assert caught.value.names == ("VEILWARD_BUS_NATS_CERT", "VEILWARD_BUS_NATS_KEY")


async def test_nobody_there_is_unavailable(nats_pair: NatsPair) -> None:
    settings = nats_pair.settings("ingest").model_copy(update={"nats_url": "tls://localhost:1"})
    with pytest.raises(BusUnavailable):
        await Bus.connect(settings, "ingest", patience_s=0.3, metrics=Metrics())


async def test_a_server_without_tls_hears_nothing(nats_pair: NatsPair) -> None:
    heard = bytearray()
    met: list[asyncio.Task[None] | None] = []

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(asyncio.current_task())
        info = {"server_id": "x", "version": "2.9.10", "max_payload": 1048576, "headers": True, "tls_required": False}
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        try:
            heard.extend(await reader.read(4096))
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await serve_streams(plain, "127.0.0.1")
    port = server.port
    settings = nats_pair.settings("ingest").model_copy(update={"nats_url": f"tls://localhost:{port}"})
    with pytest.raises(BusRefused):
        await connect(settings)
    await asyncio.gather(*filter(None, met))
    await server.close()
    assert met and bytes(heard) == b""


async def test_a_connection_that_was_dialled_while_the_client_was_closed_is_not_left_open() -> None:
    ended = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        ended.set()

    server = await serve_streams(accept, "127.0.0.1")
    client = TlsClient()
    client.options = {"connect_timeout": PATIENCE_S}
    await client._connect_to_server(Srv(uri=urlparse(f"nats://127.0.0.1:{server.port}")))
    client._status = Client.CLOSED  # by an error of the server before
    await client.abandon()
    await ended.wait()
    await server.close()


@pytest.mark.parametrize(
    ("uri", "start"), [(spiffe("room", "leaf", "room-2"), None), (spiffe("room", "leaf", "room-1"), LONG_AGO)]
)
async def test_a_leaf_with_a_wrong_certificate_does_not_join(tmp_path: Path, uri: str, start: datetime | None) -> None:
    pki: Pki = make_pki(tmp_path / "pki")
    pki.issue("leaf_remote", "bus-ward", uri, "client", start)
    pair = start_pair(tmp_path, pki)
    try:
        hub = pair.hub.process
        hub.wait_for("refusal", lambda: re.search("expired|authentication error", hub.log.read_text(), re.I))
        assert not pair.hub.leafz().get("leafnodes")
    finally:
        pair.stop()
