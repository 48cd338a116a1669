"""How the doctor looks at a service's connection to the bus: as that service, with its certificate, storing nothing.

Whether a subject may be published on is tried with a message that names another stream than the one that keeps it
(`Nats-Expected-Stream`): the stream refuses it after the server has let it through. Subjects of core NATS, which would
reach those who listen, are not tried.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from nats import errors as nats_errors
from nats.js.api import Header

from services.bus.connection import TlsClient, open_connection, tls_context
from services.bus.errors import BusRefused, BusUnavailable
from services.bus.identities import BusIdentity, identity
from services.bus.jetstream import Denials
from services.bus.settings import BusSettings
from services.bus.subjects import ALERT, CROPS, HEAD, LEASE, PAIN, STATE
from services.runtime.certificates import CertificateFiles
from services.runtime.doctor.files import certificates, life
from services.runtime.doctor.finding import Finding, Look, fail, ok, warn
from services.runtime.doctor.machine import clock_of

PATIENCE_S = 6.0
ANSWER_S = 4.0
OTHER_STREAM = "NONE-OF-THESE"
EXPECTED_STREAM_DIFFERS = 10060
"""JetStream's error code for a message that names another stream."""
KEPT = {one.noun for one in (CROPS, PAIN, STATE, ALERT, LEASE, HEAD)}
"""Nouns of subjects that a stream keeps."""
INFO = "$JS.API.STREAM.INFO."
HEARD_S = 60.0
"""A leaf is heard from every few seconds while it is joined to the hub."""
NANOSECOND = 1e-9
PERMISSIONS = "generate the server's configuration anew (python -m services.bus.nats_config) and reload it"


def bus_looks(settings: BusSettings, service: str, unused: Collection[str] = ()) -> dict[str, Look]:
    """The looks at a service's certificate for the bus and at what it may do there.

    unused: streams, and nouns of subjects, that the service does without as it is set up.
    """
    own = identity(service)
    files = CertificateFiles("bus", settings.nats_cert, settings.nats_key, settings.nats_ca)
    return {
        "bus certificates": partial(certificates, files, own.uri),
        "bus": partial(_bus, settings, own, unused),
    }


@dataclass
class _Link:
    """A connection and what the server denied on it."""

    client: TlsClient
    denials: Denials
    refusals: list[str]

    async def ask(self, subject: str, body: bytes = b"", headers: dict[str, str] | None = None) -> dict[str, Any]:
        """What JetStream answers. Raises BusRefused (denied), nats.errors.Error, TimeoutError."""
        found: list[dict[str, Any]] = []

        async def request() -> None:
            answer = await self.client.request(subject, body, timeout=ANSWER_S, headers=headers)
            found.append(json.loads(answer.data))

        await self.denials.unless_denied(subject, request())
        return found[0]


async def _bus(settings: BusSettings, own: BusIdentity, unused: Collection[str]) -> Sequence[Finding]:
    try:
        async with _linked(settings, own.service) as link:
            version = link.client.connected_server_version
            served = f"NATS {version.major}.{version.minor}.{version.patch}"
            found = [ok("bus", f"{served} at {_place(settings)} knows this service")]
            found += _shown(link)
            for stream in _asked(own):
                found += await _stream(link, stream) if stream not in unused else ()
            for subject in _durable(own):
                if subject.partition(".")[0] not in unused:
                    found.append(await _may_publish(link, subject))
            found.append(await _closed(link))
            return found
    except BusRefused as error:
        todo = "renew this service's certificate, or take the authority of the server's zone"
        return [fail("bus", f"{_place(settings)}: {error}", f"{todo}; what is wrong with the files is said above")]
    except BusUnavailable:
        return [fail("bus", f"nobody answers at {_place(settings)}", "start NATS there, or mend the way to it")]


@asynccontextmanager
async def _linked(settings: BusSettings, service: str) -> AsyncIterator[_Link]:
    denials, refusals = Denials(), list[str]()

    async def note(error: Exception) -> None:
        denials.note(error)
        refusals.append(str(error).lower())

    context = tls_context(settings)
    client = await open_connection(settings, context, service, note, _idle, _idle, _idle, PATIENCE_S)
    try:
        yield _Link(client, denials, refusals)
    finally:
        with contextlib.suppress(OSError, nats_errors.Error):
            await client.close()


async def _idle() -> None:
    """What there is to do when the connection changes."""


def _place(settings: BusSettings) -> str:
    found = urlsplit(settings.nats_url)
    return f"{found.hostname}:{found.port or 4222}"


def _shown(link: _Link) -> Iterator[Finding]:
    """The certificate that the server shows."""
    if shown := link.client.shown():
        yield life("bus server's certificate", x509.load_der_x509_certificate(shown), datetime.now(UTC))


def _asked(own: BusIdentity) -> Iterator[str]:
    return (one.removeprefix(INFO) for one in own.publish if one.startswith(INFO))


def _durable(own: BusIdentity) -> Iterator[str]:
    """A subject of every kind that the identity says and a stream keeps."""
    return (one.replace("*", "doctor") for one in own.publish if one.partition(".")[0] in KEPT)


async def _stream(link: _Link, stream: str) -> Sequence[Finding]:
    about, before = f"stream {stream}", datetime.now(UTC)
    try:
        told = await link.ask(INFO + stream)
    except BusRefused:
        return [fail(about, "this service may not ask for it", PERMISSIONS)]
    except (nats_errors.Error, OSError):
        return [fail(about, "the server does not answer for it", "switch JetStream on, as deploy/nats/ does")]
    if "error" in told:
        return [fail(about, "is not there", "start the service that makes it, and read the end of its log")]
    found = [ok(about, f"{told['state']['messages']} messages")]
    found += _full(about, told)
    found += (_source(one) for one in told.get("sources") or ())
    if stamp := told.get("ts"):
        theirs = datetime.fromisoformat(stamp[:26].rstrip("Z") + "+00:00")
        found.append(clock_of(f"clock of the bus ({stream})", theirs, before, datetime.now(UTC)))
    return found


def _full(about: str, told: dict[str, Any]) -> Iterator[Finding]:
    """A stream that takes no more when it is full, and nearly is."""
    config, used = told["config"], told["state"]["bytes"]
    limit = config.get("max_bytes", -1)
    if config.get("discard") == "new" and limit > 0 and used > 0.8 * limit:
        yield warn(about, f"{used / limit:.0%} full", "give it more room before it takes no more")


def _source(told: dict[str, Any]) -> Finding:
    """A room device, as the hub's stream hears it."""
    domain = str((told.get("external") or {}).get("api", "")).removeprefix("$JS.").removesuffix(".API")
    about, silent_s = f"room device {domain}", told.get("active", -1) * NANOSECOND
    if silent_s < 0 or silent_s > HEARD_S:
        said = "was never heard" if silent_s < 0 else f"was last heard {silent_s:.0f} s ago"
        return fail(about, said, "look at the device, its leaf, its certificate for the hub, and the way to port 7422")
    return ok(about, f"is joined, {told.get('lag', 0)} messages behind")


async def _may_publish(link: _Link, subject: str) -> Finding:
    about = f"subject {subject.partition('.')[0]}"
    try:
        told = await link.ask(subject, headers={Header.EXPECTED_STREAM.value: OTHER_STREAM})
    except BusRefused:
        return fail(about, "this service may not publish it", PERMISSIONS)
    except (nats_errors.Error, OSError):
        return fail(about, "no stream takes it", "start what makes it: the leaf's bridge, or the service itself")
    code = told.get("error", {}).get("err_code")
    if code != EXPECTED_STREAM_DIFFERS:
        return fail(about, f"its stream answers otherwise than expected ({code})", "report this as a fault of veilward")
    return ok(about, "may be published, and a stream takes it")


async def _closed(link: _Link) -> Finding:
    """Whether the server keeps this service from what is not its own."""

    async def drop(_: object) -> None:
        """What came before the server's answer."""

    before = len(link.refusals)
    everything = await link.client.subscribe(">", cb=drop)
    await link.client.publish("doctor.forbidden")
    await link.client.synced()
    said = " ".join(link.refusals[before:])
    with contextlib.suppress(nats_errors.Error):
        await everything.unsubscribe()
    if "subscription" in said and "publish" in said:
        return ok("foreign subjects", "are refused")
    return fail("foreign subjects", "the server lets this service say or hear what is not its own", PERMISSIONS)
