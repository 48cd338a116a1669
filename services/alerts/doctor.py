"""What `veilward doctor` looks at where `alerts` runs."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from redis.exceptions import RedisError
from sqlalchemy import text

from services.alerts.certificates import database_context, redis_context
from services.alerts.errors import RecordsUnavailable
from services.alerts.records.database import Database
from services.alerts.redis_client import redis_client
from services.alerts.settings import AlertsSettings
from services.bus.examination import bus_looks
from services.bus.subjects import HEAD, STREAM_HEADS
from services.runtime.certificates import CertificateFiles
from services.runtime.doctor.files import certificates, folder, private_key
from services.runtime.doctor.finding import Examination, Finding, Look, fail, ok, warn
from services.runtime.doctor.machine import ANSWER_S, answers, clock_held, clock_of, reaches
from services.runtime.ports import read_port_file
from services.runtime.settings import ServiceSettings
from services.site.examination import site_file

PORTS = {"http": 80, "https": 443, "mqtt": 1883, "mqtts": 8883}


def looks(settings: ServiceSettings) -> dict[str, Look]:
    """The service itself, its page, its certificates and keys, the bus, Redis, the database, what it keeps, whom it
    calls."""
    if not isinstance(settings, AlertsSettings):
        return {}
    one = settings
    ends = (
        CertificateFiles("web", one.http_cert, one.http_key),
        CertificateFiles("redis", authority=one.redis_ca),
        CertificateFiles("database", authority=one.database_ca),
        CertificateFiles("webhooks", authority=one.webhook_ca),
    )
    found: dict[str, Look] = {
        "service": partial(answers, one),
        "page": partial(_page, one),
        **{f"{files.name} certificates": partial(certificates, files) for files in ends},
        **bus_looks(one, "alerts", () if one.audit_key else (STREAM_HEADS, HEAD.noun)),
        "Redis": partial(_redis, one),
        "database": partial(_database, one),
        "audit log's folder": partial(folder, "audit log's folder", one.audit_file.parent),
        "site's file": partial(site_file, one.site_file),
        "receivers": partial(_receivers, one),
        "clock": clock_held,
    }
    for about, path in (("consents' key", one.consent_key), ("audit key", one.audit_key)):
        found[about] = partial(_key, about, path)
    if one.audit_heads_file is not None:
        found["heads' folder"] = partial(folder, "heads' folder", one.audit_heads_file.parent)
    return found


async def _key(about: str, path: Any) -> Sequence[Finding]:
    if path is not None:
        return await private_key(about, path)
    lost = {"audit key": "that lines were cut off the audit log's end would not show"}
    said = lost.get(about, "rooms that ask for consents process nothing")
    return [warn(about, f"none is set: {said}", "make one (docs/installer.md)")]


async def _page(settings: AlertsSettings) -> Sequence[Finding]:
    """Whether the page listens, and shows the certificate that lies on disk."""
    ports = read_port_file(settings.port_file) if settings.port_file is not None else None
    port = settings.http_port or (ports or {}).get("http", 0)
    host = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(settings.http_host, settings.http_host)
    if not port or not await reaches(host, port):
        return [fail("page", f"nobody listens at {host}:{port}", "start alerts, and read the end of its log")]
    if settings.http_cert is None:
        todo = "let a proxy before it do so: browsers keep the page's cookies nowhere else"
        return [warn("page", f"answers at {host}:{port} without HTTPS", todo)]
    try:
        shown = await asyncio.to_thread(_shown, host, port)
        lies = x509.load_pem_x509_certificates(settings.http_cert.read_bytes())[0]
    except (OSError, ValueError):
        return [fail("page", f"no TLS with {host}:{port}", "look at http_cert and http_key")]
    if shown != lies.public_bytes(Encoding.DER):
        return [warn("page", "shows another certificate than http_cert holds", "see the certificate's line above")]
    return [ok("page", f"answers at {host}:{port} with the certificate of http_cert")]


def _shown(host: str, port: int) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # compared with the file instead
    with (
        socket.create_connection((host, port), timeout=ANSWER_S) as raw,
        context.wrap_socket(raw) as connection,
    ):
        return connection.getpeercert(binary_form=True) or b""


async def _redis(settings: AlertsSettings) -> Sequence[Finding]:
    client = redis_client(settings.redis_url.get_secret_value(), redis_context(settings), ANSWER_S)
    try:
        before = datetime.now(UTC)
        seconds, micros = await client.time()
        after = datetime.now(UTC)
    except (RedisError, OSError) as error:
        todo = "start Redis, or mend the way to it, its certificate or its user's password"
        return [fail("Redis", f"does not answer: {type(error).__name__}", todo)]
    finally:
        await client.aclose()
    theirs = datetime.fromtimestamp(int(seconds) + int(micros) / 1e6, UTC)
    return [ok("Redis", "answers"), clock_of("clock of Redis", theirs, before, after)]


async def _database(settings: AlertsSettings) -> Sequence[Finding]:
    database = Database(settings.database_address, database_context(settings))
    if database.is_sqlite and database.file_identity is None:
        return [fail("database", "its file is not there", "start alerts, which makes it; or restore a backup")]
    try:
        async with database.transaction() as connection:
            version = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
            if database.is_sqlite:
                return [ok("database", f"SQLite, tables of version {version}")]
            before = datetime.now(UTC)
            theirs = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
            return [
                ok("database", f"PostgreSQL, tables of version {version}"),
                clock_of("clock of the database", theirs, before, datetime.now(UTC)),
            ]
    except RecordsUnavailable as error:
        return [fail("database", f"does not answer: {error}", "start it, or mend the way to it, or its password")]
    finally:
        await database.close()


async def _receivers(settings: AlertsSettings) -> Sequence[Finding]:
    """Whether what is told of alerts, or keeps heads, takes connections. Pagers are not asked: asking would page."""
    found = []
    apart = (settings.fhir_url, settings.mqtt_url, settings.traces_url, settings.audit_heads_url)
    told = (*settings.webhook_urls, *apart)
    for url in (urlsplit(str(one)) for one in told if one is not None):
        host, port = url.hostname or "", url.port or PORTS[url.scheme]
        if await reaches(host, port):
            found.append(ok(f"receiver {host}", "takes connections"))
        else:
            found.append(warn(f"receiver {host}", f"takes no connection at port {port}", "start it, or let alerts out"))
    if not found and not settings.pager_urls and not settings.ward_pager_urls:
        found.append(ok("receivers", "none are set; alarms are told on the page alone"))
    return found


EXAMINATION = Examination(AlertsSettings, looks)
