"""Another system that is told by webhook: POST JSON, signed. `delivery_queue.py` tries again.

Headers: Idempotency-Key repeats the body's id. Veilward-Redelivered: true stands on whatever may have been delivered
before: a second attempt, what a start found untaken in the log, what a replay found again, calls of an alert that stood
before this leader. With a secret, Veilward-Signature is sha256=<HMAC-SHA256 of the body, hex>. A receiver answers 2xx
once it has it. What carries Veilward-Test: true was sent by somebody who tries the receiver out, and is of no alert.
"""

import hashlib
import hmac
import json
import logging
import ssl
from typing import ClassVar
from urllib.parse import urlsplit

import httpx

from services.alerts.codec import instant
from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.delivery_queue import FIRST_PAUSE_S, Sent
from services.alerts.notify.http_receiver import HttpReceiver, posted
from services.alerts.notify.notification import Notification
from services.alerts.notify.trial import AWAY, WEBHOOK, Outcome, Trial, answered
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")


class Webhook(HttpReceiver[Notification]):
    """One address. context: by whom it is believed; with none, the system's authorities."""

    kind = WEBHOOK
    timeout_s: ClassVar[float] = 5.0

    def __init__(
        self,
        url: str,
        secret: bytes | None,
        metrics: AlertsMetrics,
        first_pause_s: float = FIRST_PAUSE_S,
        context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(url, urlsplit(url).hostname or "", metrics.webhooks, first_pause_s)
        self._url = url
        self._secret = secret
        self.trust_by(context)

    async def send(self, one: Notification) -> Sent:
        """Post it; it is taken with an answer of 2xx."""
        if self._client is None:
            return Sent.FAILED
        headers = self._headers(one.id, one.body)
        if one.redelivered:
            headers["Veilward-Redelivered"] = "true"
        try:
            status = await posted(self._client, self._url, one.body, headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log_event(_log, "webhook_unreachable", logging.WARNING, reason=type(error).__name__)
            return Sent.FAILED
        taken = httpx.codes.is_success(status)
        if not taken:
            log_event(_log, "webhook_refused", logging.WARNING, status=status)
        return Sent.TAKEN if taken else Sent.FAILED

    async def try_out(self, trial: Trial) -> Outcome:
        """Post {"id", "change": "test", "at", "by"}, signed as changes are, with Veilward-Test: true."""
        told = {"id": trial.id, "change": "test", "at": instant(trial.at), "by": trial.by}
        body = json.dumps(told, sort_keys=True).encode()
        headers = self._headers(trial.id, body) | {"Veilward-Test": "true"}
        try:
            async with self.new_client() as client:
                return answered(await posted(client, self._url, body, headers))
        except (httpx.HTTPError, httpx.InvalidURL):
            return Outcome(False, AWAY)

    def _headers(self, name: str, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Idempotency-Key": name}
        if self._secret is not None:
            headers["Veilward-Signature"] = f"sha256={hmac.new(self._secret, body, hashlib.sha256).hexdigest()}"
        return headers
