"""The site's audit log: its lines are messages of the stream LEDGER, line n is message n; each replica keeps a copy.

follow   what the stream has and the copy has not is read, checked and copied: every replica does it all the time.
lead     as follow, then a line that says who leads now. From then on this replica appends.
append   lines go to the stream first, each after the one before it (expected sequence), then to the copy. A replica
         that was replaced while it was held up appends nothing: somebody's line stands where its own was to be.

Where the outcome of an append is not known, the stream is read: lines of ours that are there count, others say that we
lead no more. A stream that lost its end, with its disk, is given it again from the copy of whoever leads.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from services.alerts.audit.audit_file import AuditFile
from services.alerts.audit.audit_index import AuditIndex
from services.alerts.audit.line import Entry, Line, Place, read, written
from services.alerts.errors import AuditTampered, AuditUnavailable, Deposed, LineTooLong
from services.alerts.policy.alert import Change, Transition
from services.bus.errors import BusError, OutOfSequence, TooLarge
from services.runtime.logging import get_logger, log_event
from services.runtime.shielded import shielded

_log = get_logger("alerts")

BACKLOG_LIMIT = 10_000
TRIES = 10


class LineStream(Protocol):
    """Where lines are kept by number: SequencedStream of services.bus. Calls raise BusError."""

    async def append(self, body: bytes, name: str, after: int) -> int:
        """Store a line as number `after` + 1. Raises OutOfSequence when the newest is not number `after`."""

    async def count(self) -> int:
        """The number of the newest line."""

    async def read(self, first: int) -> list[bytes]:
        """Some lines from number `first` on; none where there are none."""


class Ledger:
    """One replica's end of the log.

    index: what the log says of alerts. broken: a copy that was altered was found and set aside. following: projections
    besides the index, told every line's entry in order, once.
    """

    def __init__(
        self,
        copy: AuditFile,
        stream: Callable[[], LineStream | None],
        following: Sequence[Callable[[Entry], None]] = (),
    ) -> None:
        """stream: where lines are kept; None while there is no bus."""
        self.copy = copy
        self.index = AuditIndex()
        self.broken: AuditTampered | None = None
        self.place = Place()
        self._following = following
        self._stream = stream
        self._leads = False
        self._backlog: list[bytes] = []
        self._carried: list[Entry] = []
        self._sent: set[str] = set()
        self._lock = asyncio.Lock()

    @property
    def behind(self) -> bool:
        """Whether the copy lacks lines that the stream has."""
        return bool(self._backlog)

    def open(self) -> None:
        """Read the copy. One that was altered is set aside; what was open in it is carried over.

        Raises AuditUnavailable: it cannot be read or made.
        """
        try:
            for line in self.copy.open():
                self._note(line)
        except AuditTampered as error:
            self.broken = error
            self._start_over()

    @property
    def leads(self) -> bool:
        """Whether this replica appends."""
        return self._leads

    async def follow(self) -> bool:
        """Take over what the stream has more than the copy; whether that was anything. Raises AuditUnavailable."""
        async with self._lock:
            return await self._follow(self._there())

    async def lead(self, led: Entry) -> int:
        """Append from now on. led: the line that says so; its number is this term's fencing token.

        Raises AuditUnavailable, Deposed (somebody else leads meanwhile).
        """
        async with self._lock:
            for _ in range(TRIES):
                stream = self._there()
                await self._follow(stream)
                await self._restore(stream)
                self._leads = True
                carried = self._carried if self.place == Place() else []
                try:
                    if await self._append([*carried, led]) <= len(carried):
                        raise AuditUnavailable("not all was taken")
                except AuditUnavailable:
                    self._leads = False
                    raise
                except Deposed:
                    continue  # a line came in between: read it, and say it after that
                self._carried = []
                return self.place.count
            raise Deposed("others write to the log")

    async def append(self, entries: Sequence[Entry], over: Callable[[], bool] = lambda: False) -> int:
        """Write changes; how many, from the first on, are in the stream now.

        over: whether the term that they are of has ended, which is asked once it is their turn.
        Raises AuditUnavailable: none is, as far as is known; LineTooLong: and the first never will be. Deposed: another
        replica leads, or another term.
        """
        async with self._lock:
            if over():
                raise Deposed("that term is over")
            return await self._append(entries)

    def stand_down(self) -> None:
        """Append no more."""
        self._leads = False
        self._sent.clear()

    async def _append(self, entries: Sequence[Entry]) -> int:
        if not self._leads:
            raise AuditUnavailable("this replica does not write to the log yet")
        begun, stream = self.place.count, self._there()
        try:
            if self._sent:  # how the append before went is not known
                await self._confirm(stream)
            for line in written(entries[self.place.count - begun :], self.place):
                await self._send(stream, line)
        except (BusError, AuditUnavailable) as error:
            if self.place.count == begun:
                raise (LineTooLong if isinstance(error, TooLarge) else AuditUnavailable)(str(error)) from error
        await self._copy()
        return self.place.count - begun

    async def _send(self, stream: LineStream, line: Line) -> None:
        """One line, and its acknowledgement, before the next: a refused line must not be followed by a stored one.

        Raises BusError, Deposed.
        """
        self._sent.add(line.place.head)
        try:
            await stream.append(line.raw, line.place.head, line.place.count - 1)
        except OutOfSequence:
            await self._confirm(stream)
            if self.place.count < line.place.count:
                await self._restore(stream)
                raise
        except BusError:
            await self._confirm(stream)
            if self.place.count < line.place.count:
                raise
        else:
            self._take(line)
            self._sent.clear()

    async def _confirm(self, stream: LineStream) -> None:
        """Take what the stream has of what was sent. Raises BusError, Deposed."""
        while raw := await stream.read(self.place.count + 1):
            for line in self._checked(raw):
                if line.place.head not in self._sent:
                    self._leads = False
                    self._sent.clear()
                    raise Deposed("another replica writes to the log")
                self._take(line)
        self._sent.clear()

    def _there(self) -> LineStream:
        stream = self._stream()
        if stream is None:
            raise AuditUnavailable("no message bus")
        return stream

    async def _follow(self, stream: LineStream) -> bool:
        before = self.place
        try:
            if await stream.count() >= self.place.count:
                if not await self._joined(stream, self.place.count):
                    self.broken = AuditTampered(self.place.count)
                    await shielded(self._set_aside())
                while raw := await stream.read(self.place.count + 1):
                    for line in self._checked(raw):
                        self._take(line)
        except BusError as error:
            raise AuditUnavailable(str(error)) from error
        await self._copy()
        return self.place != before

    async def _restore(self, stream: LineStream) -> None:
        """Give a stream its lost end again."""
        try:
            known = await stream.count()
            if known >= self.place.count:
                return
            if not await self._joined(stream, known):
                raise AuditUnavailable("the stream is of another log")
            log_event(_log, "ledger_restored", logging.WARNING, lines=self.place.count - known)
            batches = self.copy.batches(known + 1)
            while (lines := await asyncio.to_thread(next, batches, None)) is not None:
                for number, line in enumerate(lines, known):
                    await stream.append(line, _name(line), number)
                known += len(lines)
        except OutOfSequence as error:
            raise AuditUnavailable("others restore the stream") from error
        except BusError as error:
            raise AuditUnavailable(str(error)) from error

    async def _joined(self, stream: LineStream, number: int) -> bool:
        """Whether the stream and the copy have the same line of this number, and so the same lines before it."""
        if number == 0:
            return True
        theirs = await stream.read(number)
        if number == self.place.count:
            return bool(theirs) and _name(theirs[0]) == self.place.head
        ours = await asyncio.to_thread(self.copy.line, number)
        return bool(theirs) and theirs[0] == ours

    def _checked(self, raw: Sequence[bytes]) -> list[Line]:
        try:
            return list(read(raw, self.place))
        except AuditTampered as error:
            self.broken = self.broken or error
            raise AuditUnavailable("the log on the bus was altered") from error

    def _take(self, line: Line) -> None:
        self._note(line)
        self._backlog.append(line.raw)

    def _note(self, line: Line) -> None:
        self.place = line.place
        self.index.note(line.entry)
        for follow in self._following:
            follow(line.entry)

    async def _copy(self) -> None:
        """Raises AuditUnavailable when the disk takes nothing and memory is full of what it has not."""
        if not self._backlog:
            return
        try:
            await shielded(self._extend(tuple(self._backlog)))
        except AuditUnavailable:
            if len(self._backlog) > BACKLOG_LIMIT:
                raise

    async def _extend(self, lines: Sequence[bytes]) -> None:
        await asyncio.to_thread(self.copy.extend, lines)
        del self._backlog[: len(lines)]

    async def _set_aside(self) -> None:
        await asyncio.to_thread(self.copy.set_aside)
        self._start_over()

    def _start_over(self) -> None:
        """Begin with nothing; what was open is carried over, should the stream have nothing either."""
        found = self.index
        alerts = [Transition(Change.RAISED, alert, alert.signalled_at) for alert in found.open.values()]
        looks = [Transition(Change.RESOLVED, alert, alert.changed_at) for alert in found.treated.values()]
        self._carried = [*alerts, *looks, *(replace(act) for act in (*found.plans.values(), *found.consents.values()))]
        self.index, self.place, self._backlog = AuditIndex(), Place(), []


def _name(raw: bytes) -> str:
    """A line's hash, as it stands in it."""
    try:
        return str(json.loads(raw)["hash"])
    except (ValueError, KeyError, TypeError):
        return ""
