"""What the receivers of alerts and of consents at a FHIR server have in common, and a test of it."""

import ssl
from collections.abc import Callable
from typing import ClassVar
from urllib.parse import urlsplit

import httpx
from prometheus_client import Counter

from services.alerts.notify.care_record.fhir_server import UNTAKEN, FhirServer
from services.alerts.notify.care_record.names import Names
from services.alerts.notify.care_record.transaction import introduction
from services.alerts.notify.delivery_queue import FIRST_PAUSE_S, One, Sent
from services.alerts.notify.http_receiver import HttpReceiver, posted
from services.alerts.notify.trial import AWAY, Outcome, Trial, answered


class FhirReceiver(HttpReceiver[One]):
    """It is a record: what it takes, nobody has heard of by that."""

    timeout_s: ClassVar[float] = 15.0
    reaches_people: ClassVar[bool] = False
    named: ClassVar[str]
    """Before the server's address, where the audit log names a receiver."""

    def __init__(
        self,
        server: FhirServer,
        names: Names,
        counted: Counter,
        first_pause_s: float = FIRST_PAUSE_S,
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(f"{self.named} {server.url}", urlsplit(server.url).hostname or "", counted, first_pause_s)
        self._server = server
        self.names = names
        self.trust_by(context)

    async def post(self, make: Callable[[], bytes]) -> Sent:
        """Post a transaction; it is taken with an answer of 2xx."""
        if self._client is None:
            return Sent.FAILED
        return Sent.TAKEN if await self._server.post(self._client, make) else Sent.FAILED

    async def try_out(self, trial: Trial) -> Outcome:
        """Post a transaction that makes, once and for ever, a Device for Veilward itself: nothing of any person."""
        async with self.new_client() as client:
            return await tried(client, self._server, self.names)


async def tried(client: httpx.AsyncClient, server: FhirServer, names: Names) -> Outcome:
    """What comes of a transaction that only says who writes here."""
    try:
        return answered(await posted(client, server.url, introduction(names), server.headers()))
    except UNTAKEN:
        return Outcome(False, AWAY)
