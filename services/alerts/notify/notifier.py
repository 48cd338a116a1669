"""Every change to every receiver: in memory at once, in the audit log before it counts as known, until it is taken.

announce   queues a change for delivery; nothing waits. announce_found does it for what a start found, hear for a
           consent.
run        delivers. What a receiver took is a line of the audit log; until that is written whoever leads next would
           deliver it again, and says so (Veilward-Redelivered).

A leader that the log could not be reached from may have called on, unwritten, until it ended. The next one knows of
none of these calls and comes to them by its own timers: what it tells of an alert that stood before its term says that
it may be a repeat, for as long as its predecessor may have been ahead of the log.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.alerts.notify.consent_notice import consent_notice
from services.alerts.notify.notification import UNTOLD, notification
from services.alerts.notify.receiver import Receiver
from services.alerts.notify.told import Told, Topic
from services.alerts.notify.undelivered import TOGETHER, Undelivered, changed_receivers, delivered
from services.alerts.policy.alert import Alert, Transition
from services.alerts.policy.ward_act import WardAct, WardChange
from services.alerts.ward_clock import Now

Note = Callable[[Sequence[WardAct]], Awaitable[None]]

TIMERS_LATE = timedelta(minutes=1)
"""How late a term's own timers may run at its start."""


class Notifier:
    """The receivers, and what the audit log says of them.

    on_taken: told the alert of every change that a receiver was told of, where that one reaches people. note: writes
    lines of the audit log.
    """

    def __init__(
        self,
        undelivered: Undelivered,
        receivers: Sequence[Receiver[Any]],
        clock: Now,
        confirm: Callable[[], Awaitable[None]],
    ) -> None:
        """confirm: raises Deposed where another replica leads."""
        self._clock = clock
        self._confirm = confirm
        self._stood: dict[str, datetime] = {}
        self._undelivered = undelivered
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

    async def open(self, standing: Iterable[Alert] = ()) -> None:
        """Queue what another run, or another replica, left undelivered; the log learns of new receivers.

        standing: the alerts that are open by the log.
        """
        for alert in standing:
            self._stands(alert.id, alert.changed_at)
        topics = {receiver.key: receiver.topic for receiver in self.receivers}
        changed = changed_receivers(self._undelivered.receivers, topics, self._clock())
        if changed:
            await self.note(changed)
        for receiver in self.receivers:
            for one in self._undelivered.owed(receiver.key):
                receiver.queue.enqueue(one)

    def move(self, by: timedelta) -> None:
        """Every moment later by `by`: the clock was set."""
        self._stood = {alert: until + by for alert, until in self._stood.items()}

    def announce(self, transitions: Sequence[Transition]) -> None:
        """Queue changes for every receiver."""
        for one in transitions:
            if one.change not in UNTOLD:
                self._enqueue(Topic.ALERTS, notification(one, self._may_be_told(one)))

    def hear(self, act: WardAct) -> None:
        """Queue a consent that somebody recorded; other acts are told to nobody."""
        if act.change is WardChange.CONSENT_SET and act.by is not None:
            self._enqueue(Topic.CONSENTS, consent_notice(act))

    def announce_found(self, transitions: Sequence[Transition]) -> None:
        """Queue changes found after a start: those that the log knows are left to it, the others may be repeats."""
        for one in transitions:
            self._stands(one.alert.id, one.at)
            told = notification(one, True)
            if one.change not in UNTOLD and not self._undelivered.is_written(told.id):
                self._enqueue(Topic.ALERTS, told)

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for receiver in self.receivers:
                tasks.create_task(self._serve(receiver))

    def _enqueue(self, topic: Topic, one: Told) -> None:
        for receiver in (each for each in self.receivers if each.topic is topic):
            dropped = receiver.queue.enqueue(one)
            if dropped is not None:
                self._unmarked[receiver.key].append(dropped.id)

    async def _serve(self, receiver: Receiver[Any]) -> None:
        async with receiver.connected():
            while True:
                one, told = await receiver.deliver(self._confirm)
                self._unmarked[receiver.key].append(one.id)
                if told and receiver.reaches_people:
                    await self.on_taken(one.about)
                await self._mark(receiver.key)

    def _stands(self, alert: str, written: datetime) -> None:
        """An alert stood before this term, its newest known step at a moment: since then a leader may have called."""
        now = self._clock()
        self._stood[alert] = max(self._stood.get(alert, now), now + 2 * (now - written) + TIMERS_LATE)

    def _may_be_told(self, one: Transition) -> bool:
        """Whether a former leader may have told a change. An act comes when somebody repeats it, not by a timer."""
        until = self._stood.get(one.alert.id)
        return until is not None and (one.by is not None or one.at <= until)

    async def _mark(self, receiver: str) -> None:
        unmarked = self._unmarked[receiver]
        while unmarked:
            names = [unmarked.popleft() for _ in range(min(len(unmarked), TOGETHER))]
            await self.note([delivered(receiver, names, self._clock())])


async def _nobody_asks(alert: str) -> None:
    return None


async def _nobody_writes(acts: Sequence[WardAct]) -> None:
    return None
