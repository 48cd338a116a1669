"""Who leads a site: the newest word in the stream LEASE. One replica leads and renews its word until it is replaced.

A replica takes the lease where nobody has it, where it was given up, and where the same word stood for TTL_S by its own
monotonic clock: no two machines' clocks are compared. Each word names the one that it follows (expected sequence), so
that of two that take it at one time one does.

Whoever leads asks before it acts whether it was held up (sure): after TTL_S without a look at the lease another may
lead. That keeps a stopped process that wakes up from showing and calling; what it might still write is refused where it
is written (Ledger, RedisStore). While the bus is away nobody can take the lease: whoever leads goes on, for silence is
worse than a call twice.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Protocol

from services.alerts.errors import Deposed
from services.bus.errors import BusError, OutOfSequence
from services.bus.sequenced import Stored
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

TTL_S = 3.0
RENEW_S = 0.75
LOOK_S = 0.4
ANSWER_S = 1.5
"""How long a renewal may take before the bus counts as away."""


class LeaseStream(Protocol):
    """Where the word is kept: SequencedStream of services.bus. Calls raise BusError."""

    async def newest(self) -> Stored | None:
        """The newest word."""

    async def replace(self, body: bytes, after: int) -> int:
        """A word in the place of number `after`; its number. Raises OutOfSequence."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a leader says. holder: the replica; "": the lease is given up. url, certificate, key: see forwarding.py.

    database: which SQLite file it writes (Database.file_identity); "": PostgreSQL.
    """

    holder: str
    url: str = ""
    certificate: str = ""
    key: str = ""
    database: str = ""

    def encode(self) -> bytes:
        """As it is kept."""
        return json.dumps(asdict(self)).encode()


def decode_word(body: bytes) -> Word | None:
    """The inverse; None for what is no word: nobody holds the lease by it."""
    try:
        value = json.loads(body)
        value.setdefault("database", "")  # of the version before
        return Word(*(str(value[name]) for name in ("holder", "url", "certificate", "key", "database")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


class Lease:
    """One replica's end of the lease.

    word: the leader's newest, as far as is known. alive: it was seen to renew it. reached: whether the bus ever told
    who leads. away: the last look found no bus.
    """

    def __init__(
        self,
        replica: str,
        stream: Callable[[], LeaseStream | None],
        word: Callable[[], Word],
        mono: Callable[[], float],
    ) -> None:
        """stream: where the word is kept; None while there is no bus. word: what this replica says while it leads.

        mono: seconds of a clock that nobody sets.
        """
        self.word: Word | None = None
        self.alive = False
        self.reached = False
        self.away = False
        self.lost = asyncio.Event()
        self._replica = replica
        self._stream = stream
        self._say = word
        self._mono = mono
        self._number = 0
        self._seen_at = mono()
        self._looked_at = mono()
        self._leads = False
        self._lock = asyncio.Lock()

    @property
    def leads(self) -> bool:
        """Whether this replica leads, as far as it knows."""
        return self._leads

    async def try_take(self) -> bool:
        """Look who leads, and take the lease where it is free. Raises BusError; without a bus nothing is known."""
        stream = self._stream()
        if stream is None:
            return False
        found = await stream.newest()
        first, self.reached, self.away = not self.reached, True, False
        number = 0 if found is None else found.sequence
        if number != self._number:
            self.alive = not first and found is not None and self._is_of_leader(found.body)
            self._number, self._seen_at = number, self._mono()
        kept = None if found is None else decode_word(found.body)
        holder = kept.holder if kept else ""
        own = first and holder == self._replica  # a former run of this replica: it is over
        if holder and not own and self._mono() - self._seen_at < TTL_S:
            self.word = kept
            return False
        self.word = None
        try:
            self._number = await stream.replace(self._say().encode(), number)
        except OutOfSequence:
            return False
        self.word = self._say()
        self.lead_on()
        log_event(_log, "lease_taken", replica=self._replica, after=holder)
        return True

    def _is_of_leader(self, body: bytes) -> bool:
        """Whether a word is of the one that was known to lead before it."""
        kept = decode_word(body)
        return kept is not None and self.word is not None and bool(kept.key) and kept.key == self.word.key

    def lead_on(self) -> None:
        """Lead from now on, also without a lease while there is no bus to take one from."""
        self._leads = True
        self.lost.clear()
        self._looked_at = self._mono()

    async def renew(self) -> None:
        """Say again that this replica leads. Raises Deposed; a bus that is away is none."""
        async with self._lock:
            await self._renew()

    async def sure(self) -> None:
        """Return where this replica leads: at once, unless it was held up for so long that another may.

        Raises Deposed.
        """
        if not self._leads:
            raise Deposed("another replica leads")
        while self._mono() - self._looked_at >= TTL_S:
            await self.renew()

    async def give_up(self) -> None:
        """Let another replica take it at once. Raises BusError."""
        stream = self._stream()
        if self._leads and self._number and stream is not None:
            self._leads = False
            await stream.replace(Word("").encode(), self._number)

    def lose(self) -> None:
        """Another replica leads."""
        self._leads = False
        self.lost.set()

    async def _renew(self) -> None:
        if not self._leads:
            raise Deposed("another replica leads")
        begun = self._mono()  # held up while it is asked, this process looked no later than it asked
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._say_again()
        except (BusError, BusAway, TimeoutError) as error:
            if not self.away:
                log_event(_log, "lease_not_renewed", logging.WARNING, reason=type(error).__name__)
            self.away = True
        self._looked_at = begun

    async def _say_again(self) -> None:
        """Raises BusError, BusAway, Deposed."""
        stream = self._stream()
        if stream is None:
            raise BusAway
        word, ours = self._say(), self._number
        try:
            self._number = await stream.replace(word.encode(), ours)
        except OutOfSequence:
            found = await stream.newest()
            kept = decode_word(found.body) if found else None
            # Ours is a word whose storing we did not hear of, and, where this term began without a bus, whatever a
            # former run of this replica said.
            if kept and kept.holder and kept.key != word.key and (ours or kept.holder != self._replica):
                self.lose()
                raise Deposed("another replica took the lease") from None
            self._number = await stream.replace(word.encode(), found.sequence if found else 0)
        self.word, self.away, self.reached = word, False, True


class BusAway(Exception):
    """There is no connection to ask by."""
