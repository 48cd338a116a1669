"""Every room's state, retained at the house's broker, for as long as this replica leads.

A state is no message that could be lost: after a pause of the broker every room is said again as it is then. So nothing
is queued, and nothing of it stands in the audit log.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from urllib.parse import urlsplit

from aiomqtt import Client, MqttError

from services.alerts.metrics import AlertsMetrics
from services.alerts.notify.house.broker import OFFLINE, ONLINE, TIMEOUT_S, Broker
from services.alerts.notify.house.room_state import room_state
from services.alerts.notify.receiver import receiver_key
from services.alerts.notify.trial import AWAY, HOUSE, TOOK, Outcome, Trial
from services.alerts.policy.alert import Alert, Transition
from services.runtime.logging import get_logger, log_event
from services.site.records import Site

_log = get_logger("alerts")

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
LOOK_S = 5.0
"""As often states are looked at where no change was heard of: a start puts alerts back without one."""


class RoomStates:
    """failing: whether the broker has not what stands in the ward. waiting: nothing ever does."""

    kind, waiting = HOUSE, 0

    def __init__(
        self,
        broker: Broker,
        site: Site,
        open_alerts: Callable[[], Iterable[Alert]],
        metrics: AlertsMetrics,
        confirm: Callable[[], Awaitable[None]],
        names_staff: bool = False,
    ) -> None:
        """confirm: raises Deposed where another replica leads."""
        self.failing = False
        self.key, self.label = receiver_key(broker.url), urlsplit(broker.url).hostname or ""
        self._broker = broker
        self._rooms = [(ward, room) for ward in site.wards for room in ward.rooms]
        self._open_alerts = open_alerts
        self._metrics = metrics
        self._confirm = confirm
        self._names_staff = names_staff
        self._changed = asyncio.Event()
        self._said: dict[str, bytes] = {}

    def hear(self, cameras: Sequence[str], transitions: Sequence[Transition]) -> None:
        """Something changed. For AlertWriter.listeners."""
        if transitions:
            self._changed.set()

    async def run(self) -> None:
        """Say states until cancelled; a broker that is away is tried again after growing pauses. Raises Deposed."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                async with self._broker.client() as client:
                    pause = FIRST_PAUSE_S
                    await self._serve(client)
            except* (MqttError, OSError, ValueError) as group:
                self._failed(group)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def try_out(self, trial: Trial) -> Outcome:
        """Say it on the topic of tests, which keeps nothing; the broker acknowledges it."""
        try:
            async with self._broker.apart(trial.id) as client:
                await client.publish(self._broker.test_topic, trial.text, qos=1)
        except (MqttError, OSError, ValueError):
            return Outcome(False, AWAY)
        return Outcome(True, TOOK)

    async def _serve(self, client: Client) -> None:
        self._said.clear()
        await client.publish(self._broker.status_topic, ONLINE, qos=1, retain=True)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._say(client))
                tasks.create_task(_watch(client))
        except asyncio.CancelledError:
            with contextlib.suppress(MqttError, TimeoutError):
                async with asyncio.timeout(TIMEOUT_S):
                    await client.publish(self._broker.status_topic, OFFLINE, qos=1, retain=True)
            raise

    async def _say(self, client: Client) -> None:
        while True:
            self._changed.clear()
            for topic, state in self._states().items():
                if self._said.get(topic) != state:
                    await self._confirm()
                    await client.publish(topic, state, qos=1, retain=True)
                    self._said[topic] = state
                    self._metrics.room_states.labels("delivered").inc()
            self.failing = False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._changed.wait()

    def _states(self) -> dict[str, bytes]:
        by_room: dict[str, list[Alert]] = {}
        for alert in self._open_alerts():
            by_room.setdefault(alert.camera.rpartition("/")[0], []).append(alert)
        return {
            self._broker.room_topic(ward.id, room.id): room_state(
                ward, room, by_room.get(f"{ward.id}/{room.id}", ()), self._names_staff
            )
            for ward, room in self._rooms
        }

    def _failed(self, group: BaseExceptionGroup[Exception]) -> None:
        self._metrics.room_states.labels("failed").inc()
        if not self.failing:
            log_event(_log, "broker_away", logging.WARNING, reason=type(group.exceptions[0]).__name__)
        self.failing = True


async def _watch(client: Client) -> None:
    """Until the broker is gone. Raises MqttError."""
    async for _ in client.messages:
        pass
