"""Which session has which camera: one living publisher per camera, and which sessions are to be ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from services.ingest.sources.whip.errors import CameraBusy, NotFound, Unavailable

LONGEST_LOOK_S = 5.0
"""From one look at a session to the next at most, as time in which it could be seen: a process may stand still."""


@dataclass(frozen=True)
class LivenessPolicy:
    """Seconds, all above 0.

    connect_s: a session whose ICE and DTLS are not up by then is ended.
    silence_s: a session without a video packet for so long is ended (consent, RFC 7675, fails after 30 s).
    takeover_s: a session silent for so long gives way to a new publisher of its camera.
    unseen_s: a session whose packets came for so long, and no picture, is ended: twice what an encoder that sends a key
    picture every half minute, and none when asked, may need.
    """

    connect_s: float = 15.0
    silence_s: float = 30.0
    takeover_s: float = 3.0
    max_sessions: int = 32
    unseen_s: float = 60.0


@dataclass
class Session:
    """A WHIP session. Times are monotonic seconds. pending: its offer is not answered yet.

    unseen_s: for how long packets came since the last picture that was decoded, of those that may be.
    """

    id: str
    camera: str
    etag: str
    opened_at: float
    pending: bool = True
    connected: bool = False
    last_packet_at: float | None = None
    unseen_s: float = 0.0
    _packets: int = 0
    _frames: int = 0
    _looked_at: float | None = None

    def look(self, now: float, packets: int, frames: int, *, may: bool) -> None:
        """At how many video packets, and pictures of them, there were so far; may: whether any may be decoded."""
        since = 0.0 if self._looked_at is None else min(now - self._looked_at, LONGEST_LOOK_S)
        self._looked_at = now
        heard = packets > self._packets
        if heard:
            self._packets, self.last_packet_at = packets, now
        if frames != self._frames or not may:
            self._frames, self.unseen_s = frames, 0.0
        elif heard:
            self.unseen_s += since

    def silent_s(self, now: float) -> float:
        """Seconds since the last video packet, or since the session was opened."""
        return now - (self.opened_at if self.last_packet_at is None else self.last_packet_at)


class SessionTable:
    """The sessions there are."""

    def __init__(self, policy: LivenessPolicy) -> None:
        self._policy = policy
        self._sessions: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Every session, oldest first."""
        return tuple(self._sessions.values())

    def check(self, camera: str, now: float) -> Session | None:
        """The dead session that a new publisher of `camera` replaces; None when there is none to replace.

        Raises:
            CameraBusy: a living session publishes for the camera.
            Unavailable: there are as many sessions as may be.
        """
        holder = next((one for one in self._sessions.values() if one.camera == camera), None)
        if holder is not None:
            silent = holder.silent_s(now)
            if holder.pending or silent < self._policy.takeover_s:
                raise CameraBusy(
                    "another session publishes for this camera", max(0.0, self._policy.takeover_s - silent)
                )
            return holder
        if len(self._sessions) >= self._policy.max_sessions:
            raise Unavailable("too many sessions", self._policy.connect_s)
        return None

    def add(self, session_id: str, camera: str, etag: str, now: float) -> Session:
        """Add a session. Raises what `check` raises; a dead one must have been removed before."""
        holder = self.check(camera, now)
        if holder is not None:
            raise CameraBusy("the former session is not over yet", self._policy.takeover_s)
        session = self._sessions[session_id] = Session(session_id, camera, etag, now)
        return session

    def answered(self, session_id: str, now: float) -> None:
        """The offer was answered: from now on the peer has to connect."""
        session = self._sessions[session_id]
        session.pending, session.opened_at = False, now

    def find(self, camera: str, session_id: str) -> Session:
        """A session of this camera. Raises NotFound."""
        session = self._sessions.get(session_id)
        if session is None or session.camera != camera:
            raise NotFound("no such session")
        return session

    def remove(self, session_id: str) -> Session | None:
        """Take a session out; None when it is not there."""
        return self._sessions.pop(session_id, None)

    def due(self, now: float) -> list[tuple[Session, str]]:
        """The sessions to end now, each with the reason: `never_connected`, `silent` or `undecodable`."""
        found = []
        for session in self._sessions.values():
            if session.pending:
                continue
            if not session.connected and now - session.opened_at >= self._policy.connect_s:
                found.append((session, "never_connected"))
            elif session.connected and session.silent_s(now) >= self._policy.silence_s:
                found.append((session, "silent"))
            elif session.connected and session.unseen_s >= self._policy.unseen_s:
                found.append((session, "undecodable"))
        return found
