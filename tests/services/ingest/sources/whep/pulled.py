"""The WHEP source with a camera of the test's own, in the test's loop."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from localsite.pki import Pki
from services.ingest.sources.whep.options import WhepOptions
from services.ingest.sources.whep.source import whep_pullers
from tests.services.ingest.sources.pulling.running import Pulled, running
from tests.support.waiting import PATIENCE_S

TOKEN = "9c2e-not-to-be-seen"
SOON = {"retry_first_s": 0.1, "retry_limit_s": 0.2, "connect_s": PATIENCE_S, "silence_s": PATIENCE_S}
"""What takes time here must not be a matter of how busy the machine is."""


def served(pki: Pki) -> ssl.SSLContext:
    """TLS as the camera's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki.cert("ingest_web")[:2])
    return context


@asynccontextmanager
async def pulled(
    directory: Path,
    pki: Pki,
    url: str,
    token: str | None = None,
    entry: Mapping[str, object] | None = None,
    **options: object,
) -> AsyncIterator[Pulled]:
    """The source, running. token: what the camera's file has. entry: what its entry in the site's file has beside."""
    told = WhepOptions(**{"tokens": directory / "secrets", "ca": pki.cert("ingest_web")[2]} | SOON | options)
    whole = {"whep": {"url": url}} | dict(entry or {})
    async with running(directory, whole, lambda *among: whep_pullers(told, *among), token) as ours:
        yield ours
