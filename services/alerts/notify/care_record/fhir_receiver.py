"""The house's care record, told by FHIR R4B: every change of an alert as a transaction, until the server takes it."""

import logging
import ssl
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import httpx

from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.care_record.names import Names
from services.alerts.notify.care_record.transaction import introduction, transaction
from services.alerts.notify.http_receiver import HttpReceiver
from services.alerts.notify.notification import Notification
from services.alerts.notify.receiver import FIRST_PAUSE_S, Sent, Words
from services.alerts.notify.trial import AWAY, CARE_RECORD, Outcome, Trial, answered
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

FHIR_JSON = "application/fhir+json"


class CareRecord(HttpReceiver):
    """One FHIR server. It is a record: what it takes, nobody has heard of by that."""

    kind = CARE_RECORD
    timeout_s: ClassVar[float] = 15.0
    reaches_people: ClassVar[bool] = False

    def __init__(
        self,
        url: str,
        token_file: Path | None,
        names: Names,
        words: Words,
        metrics: AlertsMetrics,
        first_pause_s: float = FIRST_PAUSE_S,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """url: the server's base. token_file: holds the bearer token; read each time, so that it can be renewed."""
        super().__init__(f"fhir {url}", urlsplit(url).hostname or "", metrics.care_record, first_pause_s)
        self._url = url
        self._token_file = token_file
        self._names = names
        self._words = words
        self.trust_by(context)

    async def send(self, one: Notification) -> Sent:
        """Post its transaction; it is taken with an answer of 2xx."""
        if self._client is None:
            return Sent.FAILED
        title, text = self._words(one.transition)
        try:
            body = transaction(self._names, one, f"{title}. {text}")
            answer = await self._client.post(self._url, content=body, headers=self._headers())
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            log_event(_log, "care_record_unreachable", logging.WARNING, reason=type(error).__name__)
            return Sent.FAILED
        if not answer.is_success:
            log_event(_log, "care_record_refused", logging.WARNING, status=answer.status_code)
        return Sent.TAKEN if answer.is_success else Sent.FAILED

    async def try_out(self, trial: Trial) -> Outcome:
        """Post a transaction that makes, once and for ever, a Device for Veilward itself: nothing of any person."""
        try:
            async with self.new_client() as client:
                answer = await client.post(self._url, content=introduction(self._names), headers=self._headers())
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            return Outcome(False, AWAY)
        return answered(answer.status_code)

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": FHIR_JSON, "Accept": FHIR_JSON}
        if self._token_file is not None:
            headers["Authorization"] = f"Bearer {self._token_file.read_text(encoding='ascii').strip()}"
        return headers
