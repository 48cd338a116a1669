"""What `veilward doctor` looks at where `snni_client` runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from cryptography import x509

from services.bus.examination import bus_looks
from services.runtime.certificates import CertificateFiles
from services.runtime.doctor.files import certificates, life
from services.runtime.doctor.finding import Examination, Finding, Look, fail, ok
from services.runtime.doctor.machine import ANSWER_S, answers, clock_held
from services.runtime.doctor.memory import no_swap
from services.runtime.settings import ServiceSettings
from services.site.examination import site_file
from services.snni_client.connection import edge_context
from services.snni_client.settings import SnniClientSettings
from snni.errors import HandshakeError, PeerError
from snni.multiparty.session.peers_file import read_peers
from snni.session.tls import Endpoint, dial

OWN_ID = "spiffe://veilward/room/snni_client/"


def looks(settings: ServiceSettings) -> dict[str, Look]:
    """The service itself, its certificates, the bus, whoever computes with it, the pinned plan, the site's file."""
    if not isinstance(settings, SnniClientSettings):
        return {}
    files = CertificateFiles("snni", settings.certificate, settings.key, settings.ca)
    return {
        "service": partial(answers, settings),
        **bus_looks(settings, "snni_client"),
        "snni certificates": partial(certificates, files, OWN_ID),
        "edge": partial(_edge, settings),
        "plan": partial(_plan, settings),
        "site's file": partial(site_file, settings.site_file),
        "clock": clock_held,
        "swap": no_swap,
    }


async def _edge(settings: SnniClientSettings) -> Sequence[Finding]:
    """TLS with whoever computes, and who it shows to be; no session is begun."""
    return await asyncio.to_thread(lambda: [one for peer in _peers(settings) for one in _dialled(settings, peer)])


def _peers(settings: SnniClientSettings) -> Sequence[Endpoint]:
    if settings.peers_file is not None:
        return list(read_peers(settings.peers_file).values())
    return [Endpoint(settings.edge_host, settings.edge_port, settings.edge_id)]


def _dialled(settings: SnniClientSettings, peer: Endpoint) -> Sequence[Finding]:
    place = f"{peer.host}:{peer.port}"
    try:
        with dial(peer, edge_context(settings).current(), ANSWER_S) as connection:
            shown = connection.getpeercert(binary_form=True)
    except HandshakeError as error:
        return [
            fail(
                "edge",
                f"{place}: {error}",
                "take both from one snni authority, with the ids that are set",
            )
        ]
    except PeerError as error:
        return [fail("edge", str(error), "start snni_server there, or mend the way to it (TCP, this port)")]
    found = [ok("edge", f"{place} is {peer.spiffe_id}")]
    if shown:
        found.append(life("edge's certificate", x509.load_der_x509_certificate(shown), datetime.now(UTC)))
    return found


async def _plan(settings: SnniClientSettings) -> Sequence[Finding]:
    return [ok("plan", f"pinned to {settings.plan_hash}; the edge's doctor must name the same")]


EXAMINATION = Examination(SnniClientSettings, looks)
