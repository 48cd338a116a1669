"""Every change to every receiver: in memory at once, in the audit log before it counts as known, until it is taken.

announce   queues a change for delivery; nothing waits. announce_found does it for what a start found, hear for a
           consent.
run        delivers. What a receiver took is a line of the audit log; until that is written whoever leads next would
           deliver it again, and says so (Veilward-Redelivered).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from services.alerts.notify.consent_notice import consent_notice
from services.alerts.notify.deliveries import TOGETHER, Deliveries, changed_receivers, delivered
from services.alerts.notify.notification import UNTOLD, Notification, notification
from services.alerts.notify.receiver import Receiver
from services.alerts.notify.told import Told, Topic
from services.alerts.policy.alert import Transition
from services.alerts.policy.ward_act import WardAct, WardChange
from services.alerts.ward_clock import Now

Note = Callable[[Sequence[WardAct]], Awaitable[None]]


class Notifier:
    """The receivers, and what the audit log says of them.

    on_taken: told the alert of every change that a receiver was told of, where that one reaches people. note: writes
    lines of the audit log.
    """

    def __init__(self, deliveries: Deliveries, receivers: Sequence[Receiver[Any]], clock: Now) -> None:
        self._clock = clock
        self._deliveries = deliveries
        self._unmarked = {one.key: deque[str]() for one in receivers}
        self.receivers = tuple(receivers)
        self.on_taken: Callable[[str], Awaitable[None]] = _nobody_asks
        self.note: Note = _nobody_writes

    @property
    def failing(self) -> bool:
        """Whether a receiver does not answer."""
        return any(receiver.failing for receiver in self.receivers)

    @property
    def waiting(self) -> int:
        """Deliveries that are still to be made."""
        return sum(receiver.waiting for receiver in self.receivers)

    async def open(self) -> None:
        """Queue what another run, or another replica, left undelivered; the log learns of new receivers."""
        topics = {receiver.key: receiver.topic for receiver in self.receivers}
        changed = changed_receivers(self._deliveries.receivers, topics, self._clock())
        if changed:
            await self.note(changed)
        for receiver in self.receivers:
            for one in self._deliveries.owed(receiver.key):
                receiver.enqueue(one)

    def announce(self, transitions: Sequence[Transition]) -> None:
        """Queue changes for every receiver."""
        for one in _told(transitions):
            self._enqueue(Topic.ALERTS, one)

    def hear(self, act: WardAct) -> None:
        """Queue a consent that somebody recorded; other acts are told to nobody."""
        if act.change is WardChange.CONSENT_SET and act.by is not None:
            self._enqueue(Topic.CONSENTS, consent_notice(act))

    def announce_found(self, transitions: Sequence[Transition]) -> None:
        """Queue changes found after a start: those that the log knows are left to it, the others may be repeats."""
        for one in _told(transitions, redelivered=True) if self.receivers else ():
            if not self._deliveries.is_written(one.id):
                self._enqueue(Topic.ALERTS, one)

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for receiver in self.receivers:
                tasks.create_task(self._serve(receiver))

    def _enqueue(self, topic: Topic, one: Told) -> None:
        for receiver in (each for each in self.receivers if each.topic is topic):
            dropped = receiver.enqueue(one)
            if dropped is not None:
                self._unmarked[receiver.key].append(dropped.id)

    async def _serve(self, receiver: Receiver[Any]) -> None:
        async with receiver.connected():
            while True:
                one, told = await receiver.deliver()
                self._unmarked[receiver.key].append(one.id)
                if told and receiver.reaches_people:
                    await self.on_taken(one.about)
                await self._mark(receiver.key)

    async def _mark(self, receiver: str) -> None:
        unmarked = self._unmarked[receiver]
        while unmarked:
            names = [unmarked.popleft() for _ in range(min(len(unmarked), TOGETHER))]
            await self.note([delivered(receiver, names, self._clock())])


async def _nobody_asks(alert: str) -> None:
    return None


async def _nobody_writes(acts: Sequence[WardAct]) -> None:
    return None


def _told(transitions: Sequence[Transition], redelivered: bool = False) -> list[Notification]:
    return [notification(one, redelivered) for one in transitions if one.change not in UNTOLD]
