"""One receiver of webhooks: POST JSON, signed, retried until it is taken, never in the way of the alarm itself.

Headers: Idempotency-Key repeats the body's id. Veilward-Redelivered: true stands on whatever may have been delivered
before: a second attempt, what a start found untaken in the log, what a replay found again. With a secret,
Veilward-Signature is sha256=<HMAC-SHA256 of the body, hex>. A receiver answers 2xx once it has it.

Changes of one alert arrive in their order; those of another alert do not wait behind one that is refused. A change
that is refused is tried again after a growing pause of at most LONGEST_PAUSE_S, for as long as it takes. Full: the
oldest change is given up and counted.
"""

import asyncio
import hashlib
import hmac
import logging
from dataclasses import dataclass, replace
from itertools import count

import httpx

from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.notification import Notification
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

WAITING_LIMIT = 10_000
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
TIMEOUT_S = 5.0


@dataclass(slots=True)
class _Delivery:
    """number: its place in the queue. due: when to try next, by the loop's clock."""

    number: int
    notification: Notification
    attempts: int = 0
    due: float = 0.0


def receiver_key(url: str) -> str:
    """A receiver's name in the audit log."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


class Webhook:
    """A receiver's queue, in memory. enqueue() and next() and report() are for its Notifier.

    failing: the newest attempt at something that still waits was refused or not answered.
    """

    def __init__(
        self,
        url: str,
        secret: bytes | None,
        metrics: AlertsMetrics,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self.key = receiver_key(url)
        self._url = url
        self._secret = secret
        self._metrics = metrics
        self._first_pause_s = first_pause_s
        self._numbers = count()
        self._waiting: dict[str, _Delivery] = {}
        self._wake = asyncio.Event()

    @property
    def failing(self) -> bool:
        """Whether an attempt failed that has not been made good."""
        return any(one.attempts for one in self._waiting.values())

    @property
    def waiting(self) -> int:
        """How many changes the receiver has not taken yet."""
        return len(self._waiting)

    def enqueue(self, one: Notification) -> Notification | None:
        """Queue a change; returns the one given up for it, if the queue was full."""
        if one.id in self._waiting:
            return None
        dropped = self._waiting.pop(next(iter(self._waiting))) if len(self._waiting) >= WAITING_LIMIT else None
        if dropped is not None:
            self._metrics.webhooks.labels("dropped").inc()
        self._waiting[one.id] = _Delivery(next(self._numbers), one)
        self._wake.set()
        return dropped.notification if dropped else None

    async def deliver(self, client: httpx.AsyncClient) -> Notification:
        """Wait until a change was taken, and return it."""
        while True:
            one = await self._due()
            if await self._post(client, one.notification):
                self._metrics.webhooks.labels("delivered").inc()
                self._waiting.pop(one.notification.id, None)
                return one.notification
            self._metrics.webhooks.labels("failed").inc()
            one.attempts += 1
            pause = min(self._first_pause_s * 2.0 ** (one.attempts - 1), LONGEST_PAUSE_S)
            one.due = asyncio.get_running_loop().time() + pause
            one.notification = replace(one.notification, redelivered=True)

    async def _due(self) -> _Delivery:
        """The next delivery to try: the first of its alert, least often tried, then the oldest."""
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            heads: dict[str, _Delivery] = {}
            for one in self._waiting.values():
                heads.setdefault(one.notification.alert, one)
            due = [one for one in heads.values() if one.due <= loop.time()]
            if due:
                return min(due, key=lambda one: (one.attempts, one.number))
            pause = min((one.due for one in heads.values()), default=None)
            try:
                await asyncio.wait_for(self._wake.wait(), None if pause is None else max(0.0, pause - loop.time()))
            except TimeoutError:
                continue

    async def _post(self, client: httpx.AsyncClient, one: Notification) -> bool:
        headers = {"Content-Type": "application/json", "Idempotency-Key": one.id}
        if one.redelivered:
            headers["Veilward-Redelivered"] = "true"
        if self._secret is not None:
            headers["Veilward-Signature"] = f"sha256={hmac.new(self._secret, one.body, hashlib.sha256).hexdigest()}"
        try:
            answer = await client.post(self._url, content=one.body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log_event(_log, "webhook_unreachable", logging.WARNING, reason=type(error).__name__)
            return False
        if not answer.is_success:
            log_event(_log, "webhook_refused", logging.WARNING, status=answer.status_code)
        return answer.is_success
