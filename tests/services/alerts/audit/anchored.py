"""A log whose heads are signed, with everything that they are kept in."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.alerts.audit.anchor import Anchor
from services.alerts.audit.audit_file import AuditFile
from services.alerts.audit.head import opened_head
from services.alerts.audit.head_places import HeadPlace, InFile, OnBus
from services.alerts.audit.ledger import Ledger
from services.alerts.policy.ward_act import WardAct, WardChange
from tests.services.alerts.audit.logs import START
from tests.services.alerts.kept_stream import KeptStream
from tests.support.waiting import eventually

KEY = Ed25519PrivateKey.generate()
NAMES = [KEY.public_key()]


class HeadStream(KeptStream):
    made = False

    async def ensure(self) -> None:
        self._reached()
        self.made = True


class Site:
    """A log with a leader, a stream of heads, a file of heads, and clocks that the test turns."""

    def __init__(self, folder: Path) -> None:
        self.mono = 0.0
        self.folder = folder
        self.lines, self.heads = KeptStream(), HeadStream()
        self.file = folder / "second" / "heads.jsonl"
        self.file.parent.mkdir(exist_ok=True)
        self.anchor = self.new()

    def new(self, *, places: dict[str, HeadPlace] | None = None) -> Anchor:
        self.ledger = Ledger(AuditFile(self.folder / "audit.jsonl"), lambda: self.lines)
        self.ledger.open()
        found = places or {"bus": OnBus(lambda: self.heads), "file": InFile(self.file)}
        self.anchor = Anchor("home", self.ledger, KEY, found, self.now, lambda: self.mono)
        return self.anchor

    def now(self) -> datetime:
        return START + timedelta(seconds=self.mono)

    async def lead(self) -> None:
        await self.ledger.lead(WardAct(WardChange.LED, "home", START, None, {"replica": "one"}))

    async def look(self, after: float = 0.0) -> None:
        self.mono += after
        await self.anchor.look()
        await eventually(self.is_idle)

    async def is_idle(self) -> bool:
        return not self.anchor._running()

    def kept(self) -> list[int]:
        """The lines that the file's heads tell of, the bus having the same."""
        told = [opened_head(line, NAMES) for line in self.file.read_bytes().splitlines(keepends=True)]
        assert [opened_head(line, NAMES) for line in self.heads.lines] == told
        return [one.place.count for one in told]
