"""Somebody who is told of changes, whatever the way."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import ClassVar, Generic

from prometheus_client import Counter

from services.alerts.notify.delivery_queue import FIRST_PAUSE_S, DeliveryQueue, One, Sent
from services.alerts.notify.told import Topic
from services.alerts.notify.trial import Outcome, Trial
from services.alerts.policy.alert import Transition

Words = Callable[[Transition], tuple[str, str]]
"""What a change is told as: a title and a text."""


def receiver_key(url: str) -> str:
    """A receiver's name in the audit log: an address may hold a secret."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


class Receiver(ABC, Generic[One]):
    """One of them, with its queue. A way to tell is a subclass, which sends one change; the rest is for the Notifier.

    topic: what it is told of. kind: in the words of trial.py. label: which it is, for people; no secret stands in it.
    reaches_people: whether what it took counts as known to somebody, as a record's taking does not.
    queue: what it has not taken yet.
    """

    topic: ClassVar[Topic] = Topic.ALERTS
    kind: ClassVar[str]
    reaches_people: ClassVar[bool] = True

    def __init__(self, url: str, label: str, counted: Counter, first_pause_s: float = FIRST_PAUSE_S) -> None:
        """counted: attempts, by their result: delivered, failed, dropped."""
        self.key = receiver_key(url)
        self.label = label
        self.queue: DeliveryQueue[One] = DeliveryQueue(counted, first_pause_s)

    @abstractmethod
    async def send(self, one: One) -> Sent:
        """Try once. Raises nothing that a receiver could cause."""

    @abstractmethod
    async def try_out(self, trial: Trial) -> Outcome:
        """Send a test, as trial.py has it."""

    def connected(self) -> AbstractAsyncContextManager[object]:
        """What is open while changes are delivered."""
        return nullcontext()

    @property
    def failing(self) -> bool:
        """Of its queue."""
        return self.queue.failing

    @property
    def waiting(self) -> int:
        """Of its queue."""
        return self.queue.waiting

    async def deliver(self, confirm: Callable[[], Awaitable[None]]) -> tuple[One, bool]:
        """What of its queue is done with next, as DeliveryQueue.deliver has it."""
        return await self.queue.deliver(self.send, confirm)
