"""Tells other systems of every change of an alert: POST JSON, signed, retried, never in the way of the alarm itself.

Body: {"id", "change", "at", "alert"}. The header Idempotency-Key repeats id: a delivery may arrive twice. With a
secret, Veilward-Signature is sha256=<HMAC-SHA256 of the body, hex>. A full queue drops the oldest change and counts it.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Sequence

import httpx

from services.alerts.metrics import AlertsMetrics
from services.alerts.policy.codec import Json, encode_alert, instant
from services.alerts.policy.episode import Transition
from services.runtime.logging import log_event

QUEUE_LIMIT = 256
ATTEMPTS = 6
FIRST_WAIT_S = 0.5
TIMEOUT_S = 5.0


def encode_change(transition: Transition) -> Json:
    """A change as it is posted; the same change always has the same id."""
    alert = transition.alert
    identity = f"{alert.id}-{transition.change.value}-{alert.signals}-{instant(transition.at)}"
    return {
        "id": hashlib.sha256(identity.encode()).hexdigest()[:32],
        "change": transition.change.value,
        "at": instant(transition.at),
        "alert": encode_alert(alert),
    }


class Webhook:
    """One receiver with its own bounded queue. enqueue() listens to AlertWriter; run() delivers until cancelled."""

    def __init__(
        self,
        url: str,
        secret: bytes | None,
        metrics: AlertsMetrics,
        logger: logging.Logger,
        first_wait_s: float = FIRST_WAIT_S,
    ) -> None:
        self._url = url
        self._secret = secret
        self._metrics = metrics
        self._logger = logger
        self._first_wait_s = first_wait_s
        self._queue: asyncio.Queue[Json] = asyncio.Queue(QUEUE_LIMIT)
        self.failing = False

    def enqueue(self, cameras: Sequence[str], transitions: Sequence[Transition]) -> None:
        """Queue changes; drops the oldest when full."""
        for transition in transitions:
            if self._queue.full():
                self._queue.get_nowait()
                self._metrics.webhooks.labels("dropped").inc()
            self._queue.put_nowait(encode_change(transition))

    async def run(self) -> None:
        """Deliver in order."""
        async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client:
            while True:
                await self._deliver(client, await self._queue.get())

    async def _deliver(self, client: httpx.AsyncClient, change: Json) -> None:
        body = json.dumps(change, sort_keys=True).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(change["id"])}
        if self._secret is not None:
            headers["Veilward-Signature"] = f"sha256={hmac.new(self._secret, body, hashlib.sha256).hexdigest()}"
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(self._first_wait_s * 2 ** (attempt - 1))
            if await self._post(client, body, headers):
                self.failing = False
                self._metrics.webhooks.labels("delivered").inc()
                return
            self.failing = True
        self._metrics.webhooks.labels("failed").inc()
        log_event(self._logger, "webhook_failed", logging.ERROR, attempts=ATTEMPTS)

    async def _post(self, client: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> bool:
        try:
            answer = await client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            log_event(self._logger, "webhook_unreachable", logging.WARNING, reason=type(error).__name__)
            return False
        return answer.is_success
