"""Audit logs on a stream of the tests, and what is written into them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.alerts.actor import typed_name
from services.alerts.audit.audit_file import AuditFile
from services.alerts.audit.ledger import Ledger
from services.alerts.policy.alert import Acknowledgement, Alert, AlertStatus, Change, Transition
from services.alerts.policy.ward_act import WardAct, WardChange
from tests.services.alerts.kept_stream import KeptStream

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
LIVES = ["led", "raised", "acknowledged", "cleared", "raised", "acknowledged"]


def alert(name: str) -> Alert:
    return Alert(name, "ward-1/room-1/cam-room-1", 2, AlertStatus.RAISED, START, START, START, START, START)


def life(name: str) -> list[Transition]:
    """Raised, acknowledged, cleared."""
    raised = alert(name)
    later = START + timedelta(seconds=30)
    ack = Acknowledgement(typed_name("Ada"), later, later + timedelta(seconds=180))
    taken = replace(raised, status=AlertStatus.ACKNOWLEDGED, ack=ack, changed_at=later)
    cleared = replace(taken, status=AlertStatus.CLEARED, cleared_at=later)
    return [
        Transition(Change.RAISED, raised, START),
        Transition(Change.ACKNOWLEDGED, taken, later),
        Transition(Change.CLEARED, cleared, later),
    ]


def led(name: str) -> WardAct:
    return WardAct(WardChange.LED, "home", START, None, {"replica": name})


def opened(path: Path, stream: KeptStream) -> Ledger:
    one = Ledger(AuditFile(path), lambda: stream)
    one.open()
    return one


async def leading(path: Path, stream: KeptStream, name: str = "one") -> Ledger:
    one = opened(path, stream)
    await one.lead(led(name))
    return one


async def written(path: Path, stream: KeptStream | None = None) -> Ledger:
    """Six lines: who leads, one life, the beginning of another."""
    log = await leading(path, stream or KeptStream())
    assert await log.append(life("one")) == 3
    assert await log.append(life("two")[:2]) == 2
    return log


def changes(stream: KeptStream) -> list[str]:
    return [str(json.loads(line)["change"]) for line in stream.lines]
