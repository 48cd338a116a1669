"""Says to every room, again and again, what may be processed of its cameras. Publishes consent.v1.

At once when something was set or a room has a new question, else every few seconds: what is lost on the way is said
again, and a room that hears nothing more closes by itself. Only who leads speaks, with numbers above its predecessors'.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.alerts.consents.statements import Numbers, statement_of
from services.alerts.leading.bus_link import BusLink
from services.alerts.policy.consent import Standing
from services.alerts.policy.ward_act import CONSENTS, WardAct
from services.alerts.state.camera_record import CameraRecord
from services.alerts.state.probe_book import standing_of_nobody
from services.alerts.state.ward_state import WardState
from services.bus.errors import BusError
from services.bus.models import ConsentMessage
from services.bus.producer import Producer
from services.bus.statement import is_id, signed
from services.bus.subjects import CONSENT
from services.runtime.clock import Clock
from services.runtime.logging import get_logger, log_event

AGAIN_S = 5.0
LOOK_S = 0.5

_log = get_logger("alerts")


class ConsentSpeaker:
    """One term's. said: of each camera, its question and when it was last answered, monotonic seconds."""

    def __init__(
        self,
        key: Ed25519PrivateKey,
        ward_state: WardState,
        link: BusLink,
        clock: Callable[[], datetime],
        machine: Clock,
        holds: timedelta,
        term: Callable[[], int | None],
        confirm: Callable[[], Awaitable[None]],
    ) -> None:
        """clock: the ward's. term: the line of the audit log by which this replica leads; None while it has none."""
        self._key, self._ward_state, self._link = key, ward_state, link
        self._clock, self._machine, self._holds = clock, machine, holds
        self._term, self._confirm = term, confirm
        self._numbers, self._producer = Numbers(), Producer(machine)
        self._said: dict[str, tuple[str, float]] = {}
        self._wake = asyncio.Event()

    def hear(self, act: WardAct) -> None:
        """Somebody set something: say it at once, if it is about a camera. A listener."""
        if act.change in CONSENTS:
            self._said.pop(act.scope, None)
            self._wake.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self._say_due()
            except BusError as error:
                log_event(_log, "consents_not_said", logging.WARNING, kind=type(error).__name__)
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                continue
            self._wake.clear()

    async def _say_due(self) -> None:
        term = self._term()
        if term is None or not self._link.connected:
            return
        bus, mono = await self._link.bus(), self._machine.now().mono
        for key, record, standing in self._cameras():
            question = asked(record)
            said, at = self._said.get(key, ("", 0.0))
            if question and (said != question or mono - at >= AGAIN_S):
                await self._confirm()  # each: a room calls a word of a former term forged
                await bus.publish(self._message(record, standing, question, term))
                self._said[key] = question, mono
                await asyncio.sleep(0)  # a site of a thousand cameras holds no alarm up meanwhile

    def _cameras(self) -> Iterator[tuple[str, CameraRecord, Standing]]:
        """Every listed camera with what stands for it, then those of test rooms, in which nobody lies."""
        state = self._ward_state
        for key in sorted(state.listed):
            yield key, state.cameras[key], state.consents.of(key)
        for key, record in sorted(state.probes.records.items()):
            yield key, record, standing_of_nobody(self._clock(), state.consents.zone)

    def _message(self, record: CameraRecord, standing: Standing, question: str, term: int) -> ConsentMessage:
        book, number = self._ward_state.consents, self._numbers.next(term)
        statement = statement_of(record.ref, standing, book.zone, self._clock(), self._holds, question, number)
        text, signature = signed(statement, self._key)
        return ConsentMessage(
            envelope=self._producer.envelope(CONSENT, record.ref), statement=text, signature=signature
        )


def asked(record: CameraRecord) -> str:
    """What the room asks of a camera; empty where it was not heard yet, or asks nothing that could be answered."""
    ingest = record.components.get("ingest")
    told = "" if ingest is None else dict(ingest.told).get("consent_asks", "")
    return told if is_id(told) else ""
