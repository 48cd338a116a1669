"""The audit log: every change of every alert, every act of a person, in hash-chained JSON lines; no face.

A line is {"format", "n", "at", "change", "alert", "by", "calls", "previous", "hash"}: hash = SHA-256 of the line
without it, in canonical JSON, so that a changed, inserted, removed or reordered line shows. by: who made the change,
null where evidence or time did. What people set for a ward stands in the same chain, with "scope" and "details" in
place of "alert" and "calls". Lines without a format are of the version before alerts had a life cycle; they stay as
they are, in the same chain, and are read as upgrade.py says. Lines cut off the end show against the count and the head
that the process logs when it opens the file. A line is flushed to disk before append returns. A last line torn by a
crash is cut off; any other break is reported and the file is set aside, never written over.
"""

import asyncio
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.alerts.actor import decode_actor, encode_actor
from services.alerts.audit.audit_index import AuditIndex
from services.alerts.codec import Json, decode_alert, encode_alert, instant, read_instant
from services.alerts.errors import AuditTampered, AuditUnavailable, StoreCorrupt
from services.alerts.policy.alert import Change, Transition
from services.alerts.policy.ward_act import WardAct, WardChange
from services.alerts.upgrade import upgraded_alert

Entry = Transition | WardAct
"""What a line tells."""
GENESIS = "0" * 64
FORMAT = 2


def canonical(value: Json) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def line_hash(body: Json) -> str:
    """The hash of a line that has no hash yet."""
    return hashlib.sha256(canonical(body)).hexdigest()


def _told(entry: Entry) -> Json:
    by = None if entry.by is None else encode_actor(entry.by)
    said: Json = {"at": instant(entry.at), "change": entry.change.value, "by": by}
    if isinstance(entry, WardAct):
        return said | {"scope": entry.scope, "details": dict(entry.details)}
    return said | {"alert": encode_alert(entry.alert), "calls": entry.calls}


def _read(value: Json) -> Entry:
    """The inverse, also of the lines of the version before. Raises StoreCorrupt, KeyError, ValueError."""
    at = read_instant(value["at"])
    if "format" not in value:
        return Transition(Change(value["change"]), decode_alert(upgraded_alert(value["alert"])), at)
    by = None if value["by"] is None else decode_actor(value["by"])
    if "scope" in value:
        return WardAct(WardChange(value["change"]), str(value["scope"]), at, by, dict(value["details"]))
    return Transition(Change(value["change"]), decode_alert(value["alert"]), at, by, bool(value["calls"]))


def _lines(raw: bytes) -> Iterator[tuple[int, Json]]:
    """Checked lines with their byte length. Raises AuditTampered."""
    previous = GENESIS
    for number, line in enumerate(raw.splitlines(keepends=True), start=1):
        try:
            value = json.loads(line)
            body = {name: part for name, part in value.items() if name != "hash"}
            whole = value["hash"] == line_hash(body) and body["previous"] == previous and body["n"] == number
        except (ValueError, KeyError, TypeError, AttributeError):
            whole = False
        if not whole or not line.endswith(b"\n"):
            raise AuditTampered(number)
        previous = value["hash"]
        yield len(line), value


def verify(path: Path) -> int:
    """Check a whole log and return its number of lines. Raises AuditTampered, AuditUnavailable."""
    try:
        return sum(1 for _ in _lines(path.read_bytes()))
    except OSError as error:
        raise AuditUnavailable(error.strerror or "unreadable") from error


class AuditLog:
    """One process's log file. open() before append(); one writer at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.index = AuditIndex()
        self.broken: AuditTampered | None = None
        self.count = 0
        self.head = GENESIS
        self._lock = asyncio.Lock()

    def open(self) -> None:
        """Read and check what is there; afterwards index holds it, and broken says whether a chain was set aside.

        Raises:
            AuditUnavailable: the file cannot be read or created.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            raw = self.path.read_bytes() if self.path.exists() else b""
            try:
                self._read(raw)
            except AuditTampered as error:
                self._recover(raw, error)
        except OSError as error:
            raise AuditUnavailable(error.strerror or "unreadable") from error

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write changes and flush them to the disk. Raises AuditUnavailable; then none of them was noted."""
        async with self._lock:
            await asyncio.to_thread(self._append, entries)

    def _append(self, entries: Sequence[Entry]) -> None:
        count, previous, lines = self.count, self.head, []
        for entry in entries:
            count += 1
            body = _told(entry) | {"format": FORMAT, "n": count, "previous": previous}
            previous = line_hash(body)
            lines.append(canonical(body | {"hash": previous}) + b"\n")
        if not lines:
            return
        self._write(b"".join(lines))
        self.count, self.head = count, previous
        for entry in entries:
            self.index.note(entry)

    def _write(self, lines: bytes) -> None:
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                start = os.fstat(handle).st_size
                if os.write(handle, lines) != len(lines):
                    os.ftruncate(handle, start)
                    raise AuditUnavailable("no space left")
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise AuditUnavailable(error.strerror or "not writable") from error

    def _read(self, raw: bytes) -> None:
        for _, value in _lines(raw):
            try:
                self.index.note(_read(value))
            except (StoreCorrupt, KeyError, ValueError) as error:
                raise AuditTampered(int(value["n"])) from error
            self.count, self.head = int(value["n"]), str(value["hash"])

    def _recover(self, raw: bytes, error: AuditTampered) -> None:
        """Cut a torn last line; set anything else aside and start a new chain with what is open."""
        lines = raw.splitlines(keepends=True)
        if error.line == len(lines) and not lines[-1].endswith(b"\n"):
            os.truncate(self.path, len(raw) - len(lines[-1]))
            return
        self.broken = error
        self.path.replace(self.path.with_name(f"{self.path.name}.broken-{self._free()}"))
        self.count, self.head = 0, GENESIS
        found = self.index
        alerts = [Transition(Change.RAISED, alert, alert.signalled_at) for alert in found.open.values()]
        looks = [Transition(Change.RESOLVED, alert, alert.changed_at) for alert in found.treated.values()]
        self._append([*alerts, *looks, *found.plans.values()])

    def _free(self) -> int:
        number = 1
        while self.path.with_name(f"{self.path.name}.broken-{number}").exists():
            number += 1
        return number
