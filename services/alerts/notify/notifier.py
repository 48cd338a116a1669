"""Every change to every receiver: in memory at once, on disk before the change counts as known, until it is taken.

announce   queues a change for delivery; nothing waits. announce_found does it for what a start found.
store      puts announced changes on a synced disk. The audit log, which is what a restart knows by, is written after.
run        delivers; a delivery is marked done on disk after the receiver took it. A mark that cannot be written is
           tried again; until then a restart would deliver again, and says so (Veilward-Redelivered).
"""

import asyncio
import logging
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import httpx

from services.alerts.errors import OutboxUnavailable
from services.alerts.notify.notification import UNTOLD, Notification, notification
from services.alerts.notify.outbox import Outbox
from services.alerts.notify.webhook import TIMEOUT_S, WAITING_LIMIT, Webhook
from services.alerts.policy.alert import Transition
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")


class Notifier:
    """The receivers and their outbox. With no receiver there is no file and nothing to do.

    opened: whether the outbox could be opened. on_taken: told the alert of every change that a receiver took.
    """

    def __init__(self, outbox: Outbox, webhooks: Sequence[Webhook], context: ssl.SSLContext | None = None) -> None:
        """context: by whom receivers are believed; with none, the system's authorities."""
        self._verify = True if context is None else context
        self.webhooks = tuple(webhooks)
        self.opened = not self.webhooks
        self.on_taken: Callable[[str], Awaitable[None]] = _nobody_asks
        self._outbox = outbox
        self._lock = asyncio.Lock()
        self._unmarked = {hook.key: deque[str](maxlen=WAITING_LIMIT) for hook in self.webhooks}

    @property
    def broken(self) -> bool:
        """Whether the outbox was found damaged and set aside: what waited in it is not known any more."""
        return self._outbox.broken

    @property
    def failing(self) -> bool:
        """Whether a receiver does not answer."""
        return any(hook.failing for hook in self.webhooks)

    @property
    def waiting(self) -> int:
        """Deliveries that are still to be made."""
        return sum(hook.waiting for hook in self.webhooks)

    async def open(self) -> None:
        """Open the outbox and queue what a run before this one left undelivered. One that cannot be opened yet, on a
        full disk for instance, is tried again by store: the ward's alarms do not wait for it.
        """
        try:
            await self.store(())
        except OutboxUnavailable as error:
            log_event(_log, "outbox_unavailable", logging.ERROR, reason=str(error))

    def announce(self, transitions: Sequence[Transition]) -> None:
        """Queue changes for every receiver."""
        for one in _told(transitions):
            self._enqueue(one)

    async def announce_found(self, transitions: Sequence[Transition]) -> None:
        """Queue changes found after a start: those that the outbox knows are left to it, the others may be repeats."""
        made = _told(transitions, redelivered=True) if self.webhooks else []
        known: set[str] = set()
        try:
            known = await asyncio.to_thread(self._outbox.known, [one.id for one in made])
        except OutboxUnavailable as error:
            log_event(_log, "outbox_unreadable", logging.ERROR, reason=str(error))
        for one in made:
            if one.id not in known:
                self._enqueue(one)

    async def store(self, transitions: Sequence[Transition]) -> None:
        """Put announced changes on disk, for the receivers that wait for them. Raises OutboxUnavailable."""
        made = _told(transitions)
        async with self._lock:
            if not self.opened:
                await self._open()
            rows = [(one, [hook.key for hook in self.webhooks if hook.waits_for(one.id)]) for one in made]
            if rows and self.webhooks:
                await asyncio.to_thread(self._outbox.put, rows)

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, verify=self._verify) as client,
            asyncio.TaskGroup() as tasks,
        ):
            for hook in self.webhooks:
                tasks.create_task(self._serve(hook, client))

    async def close(self) -> None:
        """Close the outbox; what waits stays in it."""
        async with self._lock:
            await asyncio.to_thread(self._outbox.close)

    async def _open(self) -> None:
        given_up = await asyncio.to_thread(self._outbox.open, [hook.key for hook in self.webhooks])
        for hook in self.webhooks:
            for one in await asyncio.to_thread(self._outbox.waiting, hook.key):
                hook.enqueue(one)
        self.opened = True
        log_event(_log, "outbox_opened", waiting=self.waiting, given_up=given_up, broken=self.broken)

    def _enqueue(self, one: Notification) -> None:
        for hook in self.webhooks:
            dropped = hook.enqueue(one)
            if dropped is not None:
                self._unmarked[hook.key].append(dropped.id)

    async def _serve(self, hook: Webhook, client: httpx.AsyncClient) -> None:
        while True:
            taken = await hook.deliver(client)
            self._unmarked[hook.key].append(taken.id)
            await self.on_taken(taken.alert)
            await self._mark(hook.key)

    async def _mark(self, receiver: str) -> None:
        async with self._lock:
            names = tuple(self._unmarked[receiver])
            try:
                await asyncio.to_thread(self._outbox.done, receiver, names)
            except OutboxUnavailable as error:
                log_event(_log, "delivery_not_marked", logging.WARNING, reason=str(error))
            else:
                for _ in names:
                    self._unmarked[receiver].popleft()


async def _nobody_asks(alert: str) -> None:
    return None


def _told(transitions: Sequence[Transition], redelivered: bool = False) -> list[Notification]:
    return [notification(one, redelivered) for one in transitions if one.change not in UNTOLD]
