"""RTP packets, in whatever order they come, to coded pictures in theirs. Pure.

A picture is whole with the packet that the sender marks as its last (RFC 3550, 5.1), or, where a sender's marks are not
true, once the next one's first packet is there. A packet that stays away is waited for, since it is sent again when
asked for (RFC 4585); then it is given up, and what cannot be decoded without it is left out until a picture comes that
needs none before it, which is to be asked for. A sender that never sends one, but repairs its pictures bit by bit, is
decoded on nevertheless.

Whatever is left out, its parameter sets are kept, for the picture with which decoding begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.ingest.frames.parameter_sets import ParameterSets
from services.ingest.sources.webrtc.video.payload import Piece
from services.ingest.sources.webrtc.video.unwrapped import Unwrapped

CAPACITY = 512
"""Packets that wait for one that is missing, and those of one picture."""
GIVE_UP_S = 1.0
MAX_MISORDER, MAX_DROPOUT = 100, 3000
"""A packet that is older, or newer, by more is of a sender that begins anew, once the next one follows it: alone it is
one that comes twice (RFC 3550, appendix A.1)."""
KEY_PATIENCE_S = 5.0
ASK_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Packet:
    """number: of 16 bits; timestamp: of 32 bits; last: marked as its picture's last one; at: when it came, seconds."""

    number: int
    timestamp: int
    last: bool
    piece: Piece
    at: float


@dataclass(frozen=True, slots=True)
class Coded:
    """A picture as its sender coded it. media: its timestamp, without wraps, from the first one's.

    received, complete: when its first packet had come, and every one, monotonic seconds. key, spare: see `Piece`.
    Where a decoder may begin with it, every parameter set is with it.
    """

    data: bytes = field(repr=False)
    media: int
    received: float
    complete: float
    key: bool
    spare: bool


class Assembly:
    """One stream's packets."""

    def __init__(self) -> None:
        self._numbers, self._times = Unwrapped(16), Unwrapped(32)
        self._waiting: dict[int, Packet] = {}
        self._begin = self._seen = 0
        """The first packet of the picture that is due; the first one after it that was not there yet."""
        self._missing_since: float | None = None
        self._torn = self._marks_true = True
        self._marked: int | None = None
        self._blind_since: float | None = None
        self._blind = True
        self._asked: float | None = None
        self._begun = False
        self._sets = ParameterSets("H264")  # VP8 has none
        self._stray: tuple[int, Packet] | None = None
        """The newest packet, where it lies so far away."""

    def add(self, packet: Packet) -> list[Coded]:
        """The pictures that are whole now, in their order."""
        number = self._numbers.of(packet.number)
        if not self._begun:
            self._begun, self._asked = True, packet.at  # the picture that a sender begins with may be on its way
        if not -MAX_MISORDER <= number - self._begin <= MAX_DROPOUT:
            stray, self._stray = self._stray, (number, packet)
            if stray is None or stray[0] + 1 != number:
                return []
            self._restart(stray[0])
            self._waiting[stray[0]] = stray[1]
        self._stray = None
        if number < self._begin or number in self._waiting:
            return []
        self._waiting[number] = packet
        found = self._whole(packet.at)
        while self._late(packet.at):
            self._skip()
            found += self._whole(packet.at)
        return [one for one in found if self._visible(one)]

    def told(self, sets: Iterable[bytes]) -> None:
        """Parameter sets that the sender's description has (RFC 6184, 8.1, sprop-parameter-sets)."""
        self._sets.note(sets)

    def pass_by(self, packet: Packet) -> None:
        """Nothing of this packet, or of what waits, is to be seen: what comes next begins anew, in the same time."""
        self._begun = True
        self._times.of(packet.timestamp)
        self._restart(self._numbers.of(packet.number) + 1)
        self._sets.note(packet.piece.sets)

    def wants_key(self, at: float) -> bool:
        """Whether to ask the sender for a picture that needs no other, now."""
        if not self._blind or (self._asked is not None and at - self._asked < ASK_AGAIN_S):
            return False
        self._asked = at
        return True

    def undecodable(self) -> None:
        """The decoder could not use a picture: those after it need a new start."""
        self._blind, self._blind_since = True, None

    def _whole(self, at: float) -> list[Coded]:
        found = []
        while (packet := self._waiting.get(self._seen)) is not None:
            first = self._waiting[self._begin]
            if packet.timestamp != first.timestamp:
                found += self._cut(self._seen, at)
            elif self._seen == self._begin and packet.timestamp == self._marked and packet.piece.data:
                self._marks_true, self._marked = False, None  # what was cut by a mark was only a part
                self.undecodable()
            self._seen += 1
            if packet.last and self._marks_true:
                self._marked = packet.timestamp
                found += self._cut(self._seen, at)
        return found

    def _cut(self, end: int, at: float) -> list[Coded]:
        """The picture of the packets from the one that is due to `end`, if it has a beginning and any content."""
        packets = [self._waiting.pop(number) for number in range(self._begin, end)]
        sets = [unit for one in packets for unit in one.piece.sets]
        self._sets.note(sets)
        self._begin, self._missing_since = end, None
        if self._torn and not packets[0].piece.begins:
            return []
        self._torn = False
        data = b"".join([one.piece.data for one in packets])
        if not data:
            return []
        key = any(one.piece.key for one in packets)
        return [
            Coded(
                self._sets.besides(sets) + data if key or self._blind else data,
                self._times.of(packets[0].timestamp),
                min(one.at for one in packets),
                at,
                key,
                all(one.piece.spare for one in packets),
            )
        ]

    def _late(self, at: float) -> bool:
        """Whether a packet is missing that will not come any more, or a picture has no end."""
        if self._seen - self._begin > CAPACITY:
            return True
        if len(self._waiting) <= self._seen - self._begin:
            self._missing_since = None
            return False
        if self._missing_since is None:
            self._missing_since = at
        return at - self._missing_since >= GIVE_UP_S or len(self._waiting) > CAPACITY

    def _skip(self) -> None:
        """Go on behind the gap: what is there of the torn picture is of no use."""
        for number in range(self._begin, self._seen):
            self._sets.note(self._waiting.pop(number).piece.sets)
        self._begin = self._seen = min(self._waiting, default=self._seen)
        self._missing_since = None
        self._torn = True
        self.undecodable()

    def _restart(self, number: int) -> None:
        for _, packet in sorted(self._waiting.items()):
            self._sets.note(packet.piece.sets)
        self._waiting.clear()
        self._begin = self._seen = number
        self._missing_since = self._stray = None
        self._torn = True
        self.undecodable()

    def _visible(self, one: Coded) -> bool:
        if self._blind and not one.key:
            if self._blind_since is None:
                self._blind_since = one.complete
            if one.complete - self._blind_since < KEY_PATIENCE_S:
                return False
        self._blind, self._blind_since, self._asked = False, None, None
        return True
