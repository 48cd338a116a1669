"""What `veilward doctor` looks at where `ingest` runs."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlsplit

from services.bus.examination import bus_looks
from services.ingest.settings import IngestSettings
from services.runtime.certificates import CertificateFiles
from services.runtime.doctor.files import certificates, folder
from services.runtime.doctor.finding import Examination, Finding, Look, Verdict, ok, warn
from services.runtime.doctor.machine import ANSWER_S, answers, clock_held, reaches, udp_ports
from services.runtime.doctor.memory import no_swap
from services.runtime.settings import ServiceSettings
from services.site.examination import site_file
from services.site.file import load_site

PORTS = {"rtsp": 554, "rtsps": 322, "https": 443}
STUN_COOKIE = bytes.fromhex("2112a442")


def looks(settings: ServiceSettings) -> dict[str, Look]:
    """The service itself, its certificates, the bus, the ways of media, cameras that are fetched, what it keeps."""
    if not isinstance(settings, IngestSettings):
        return {}
    web = CertificateFiles("web", settings.tls_cert, settings.tls_key)
    found: dict[str, Look] = {
        "service": partial(answers, settings),
        "web certificate": partial(certificates, web),
        **bus_looks(settings, "ingest"),
        "site's file": partial(site_file, settings.site_file),
        "media": partial(_media, settings),
        "cameras": partial(_cameras, settings),
        "clock": clock_held,
        "swap": no_swap,
    }
    for about, path in (("consent store", settings.consent_store), ("shutters", settings.shutters)):
        if path is not None:
            found[about] = partial(folder, about, path)
    return found


async def _media(settings: IngestSettings) -> Sequence[Finding]:
    """Ports of UDP, and the TURN server where there is one."""
    found = []
    if settings.media_range is None:
        said = "any free UDP port is taken"
        found.append(warn("media ports", said, "set media_ports where a firewall or a translator of addresses stands"))
    else:
        (runs,) = await answers(settings)
        found.append(udp_ports(*settings.media_range, runs.verdict is not Verdict.FAIL))
    if settings.turn_url is not None:
        found.append(await asyncio.to_thread(_turn, settings.turn_url))
    return found


def _turn(url: str) -> Finding:
    """Whether a TURN server (turn:host:port, RFC 7065) answers a binding request (RFC 8489)."""
    host, _, port = url.partition(":")[2].partition("?")[0].partition(":")
    identifier = secrets.token_bytes(12)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(ANSWER_S)
        try:
            one.connect((host, int(port or 3478)))
            one.send(b"\x00\x01\x00\x00" + STUN_COOKIE + identifier)
            answered = one.recv(1500)[8:20] == identifier
        except (OSError, ValueError):
            answered = False
    if answered:
        return ok("TURN server", f"{host} answers")
    return warn("TURN server", f"{host} does not answer by UDP", "start it, or mend the way to it")


async def _cameras(settings: IngestSettings) -> Sequence[Finding]:
    """Whether the cameras whose video is fetched take connections."""
    found = []
    for _, _, camera in load_site(settings.site_file).walk():
        where = camera.rtsp or camera.whep
        if where is None:
            continue
        url = urlsplit(where.url)
        if await reaches(url.hostname or "", url.port or PORTS[url.scheme]):
            found.append(ok(f"camera {camera.id}", "takes connections"))
        else:
            found.append(warn(f"camera {camera.id}", "takes no connection", "look at its power, address and network"))
    return found


EXAMINATION = Examination(IngestSettings, looks)
