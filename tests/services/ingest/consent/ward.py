"""A ward that signs statements, for tests: on paper, and over the real bus."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from localsite.nats_pair import NatsPair
from services.bus.models import CameraRef, ConsentMessage, StateMessage
from services.bus.nats_bus import Bus
from services.bus.statement import Statement, Window, signed
from services.bus.subjects import STREAM_WARD
from tests.services.bus import samples
from tests.support.waiting import eventually

START = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HOLDS = timedelta(minutes=15)


class Ward:
    """The ward's key, and its numbers. Its clock shows what tests set."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.now = START
        self._numbers = itertools.count(1)

    @property
    def public(self) -> Ed25519PublicKey:
        """What rooms are given."""
        return self.key.public_key()

    def write_key(self, path: Path) -> Path:
        """The file that rooms are given."""
        path.write_bytes(self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return path

    def window(self, begins_s: float, ends_s: float) -> Window:
        """A pause, in seconds from the ward's now."""
        begin, end = (self.now + timedelta(seconds=one) for one in (begins_s, ends_s))
        return Window(begin=begin, end=end, by="nurse", why="personal care")

    def statement(self, camera: CameraRef, question: str, **changed: object) -> Statement:
        """The next one: it allows, unless it is changed."""
        whole: dict[str, object] = {
            "camera": camera,
            "number": next(self._numbers),
            "answers": question,
            "issued": self.now,
            "expires": self.now + HOLDS,
            "basis": "given",
        }
        return Statement(**whole | changed)  # type: ignore[arg-type]

    def message(self, statement: Statement, key: Ed25519PrivateKey | None = None) -> ConsentMessage:
        """A statement, signed by the ward, or by another key."""
        text, signature = signed(statement, key or self.key)
        return carried(statement.camera, text, signature)


def carried(camera: CameraRef, text: str, signature: str) -> ConsentMessage:
    """A statement as it travels to a camera's room."""
    envelope = samples.envelope().model_copy(update={"camera": camera})
    return ConsentMessage(envelope=envelope, statement=text, signature=signature)


class SpeakingWard(Ward):
    """Says again and again what holds for one camera, over the hub, as `alerts` does.

    newest: what the room said last.
    """

    def __init__(self, pair: NatsPair, camera: CameraRef) -> None:
        super().__init__()
        self.pair, self.camera = pair, camera
        self.changed: dict[str, object] = {}
        self.newest: StateMessage | None = None
        self._sequence = itertools.count()
        self._speaks = asyncio.Event()
        self._speaks.set()

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[None]:
        """From now until the block ends."""
        async with self.pair.bus("alerts", streams=False) as bus, asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self._listen(bus))
            speaking = tasks.create_task(self._speak(bus))
            yield
            listening.cancel()
            speaking.cancel()

    def fall_silent(self) -> None:
        """Say nothing more."""
        self._speaks.clear()

    async def _listen(self, bus: Bus) -> None:
        since = datetime.now(UTC) - timedelta(minutes=5)
        while True:
            async for one in bus.replay(STREAM_WARD, since):
                if isinstance(one, StateMessage) and one.envelope.camera == self.camera and one.component == "ingest":
                    self.newest = one
            await asyncio.sleep(0.1)

    async def _speak(self, bus: Bus) -> None:
        while True:
            await self._speaks.wait()
            self.now = datetime.now(UTC)
            question = "" if self.newest is None else str(self.newest.detail.get("consent_asks", ""))
            if question:
                await bus.publish(self.message(self.statement(self.camera, question, **self.changed)))
            await asyncio.sleep(0.1)


async def told(ward: SpeakingWard, status: str, before: str = "", **detail: str) -> None:
    """Wait until the room says so to the ward, by another run of the process than the one before."""

    async def so() -> bool:
        newest = ward.newest
        if newest is None or newest.status != status or newest.envelope.producer == before:
            return False
        return all(newest.detail.get(f"consent_{name}") == value for name, value in detail.items())

    await eventually(so)
