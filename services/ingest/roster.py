"""Which session has which camera: one living publisher per camera, and which sessions are to be ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from services.ingest.errors import CameraBusy, NotFound, Unavailable


@dataclass(frozen=True)
class LivenessPolicy:
    """Seconds, all above 0.

    connect_s: a session whose ICE and DTLS are not up by then is ended.
    silence_s: a session without a video packet for so long is ended (consent, RFC 7675, fails after 30 s).
    takeover_s: a session silent for so long gives way to a new publisher of its camera.
    """

    connect_s: float = 15.0
    silence_s: float = 30.0
    takeover_s: float = 3.0
    max_sessions: int = 32


@dataclass
class Seat:
    """A session's place. Times are monotonic seconds. pending: its offer is not answered yet."""

    session: str
    camera: str
    etag: str
    opened_at: float
    pending: bool = True
    connected: bool = False
    heard_at: float | None = None

    def silent_s(self, now: float) -> float:
        """Seconds since the last video packet, or since the session was opened."""
        return now - (self.opened_at if self.heard_at is None else self.heard_at)


class Roster:
    """The seats taken."""

    def __init__(self, policy: LivenessPolicy) -> None:
        self._policy = policy
        self._seats: dict[str, Seat] = {}

    def __len__(self) -> int:
        return len(self._seats)

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Every seat, oldest first."""
        return tuple(self._seats.values())

    def check(self, camera: str, now: float) -> Seat | None:
        """The dead seat that a new publisher of `camera` replaces; None when there is none to replace.

        Raises:
            CameraBusy: a living session publishes for the camera.
            Unavailable: every seat is taken.
        """
        holder = next((seat for seat in self._seats.values() if seat.camera == camera), None)
        if holder is not None:
            silent = holder.silent_s(now)
            if holder.pending or silent < self._policy.takeover_s:
                raise CameraBusy(
                    "another session publishes for this camera", max(0.0, self._policy.takeover_s - silent)
                )
            return holder
        if len(self._seats) >= self._policy.max_sessions:
            raise Unavailable("every seat is taken", self._policy.connect_s)
        return None

    def take(self, session: str, camera: str, etag: str, now: float) -> Seat:
        """Take a seat. Raises what `check` raises; a dead holder must have been released before."""
        holder = self.check(camera, now)
        if holder is not None:
            raise CameraBusy("the former session is not released yet", self._policy.takeover_s)
        seat = self._seats[session] = Seat(session, camera, etag, now)
        return seat

    def answered(self, session: str, now: float) -> None:
        """The offer was answered: from now on the peer has to connect."""
        seat = self._seats[session]
        seat.pending, seat.opened_at = False, now

    def find(self, camera: str, session: str) -> Seat:
        """The seat of a session of this camera. Raises NotFound."""
        seat = self._seats.get(session)
        if seat is None or seat.camera != camera:
            raise NotFound("no such session")
        return seat

    def release(self, session: str) -> Seat | None:
        """Give a seat back; None when it was not taken."""
        return self._seats.pop(session, None)

    def due(self, now: float) -> list[tuple[Seat, str]]:
        """The sessions to end now, each with the reason: `never_connected` or `silent`."""
        found = []
        for seat in self._seats.values():
            if seat.pending:
                continue
            if not seat.connected and now - seat.opened_at >= self._policy.connect_s:
                found.append((seat, "never_connected"))
            elif seat.connected and seat.silent_s(now) >= self._policy.silence_s:
                found.append((seat, "silent"))
        return found
