"""What the page of consents shows: every camera of a ward with what stands for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from services.alerts.codec import read_instant
from services.alerts.consent_codec import line_of
from services.alerts.dashboard.name_order import by_name
from services.alerts.policy.consent import Standing, Stop
from services.alerts.state.camera_record import CameraRecord
from services.alerts.state.ward_state import WardState
from services.bus.statement import is_id
from services.site.records import Ward

BASES = {
    "given": "Allowed by the resident, or by whoever may for them",
    "best_interest": "Decided in the resident's best interest",
    "withdrawn": "Withdrawn: nothing is processed",
    "none": "No consent is recorded: nothing is processed",
    "review_passed": "The consent was not looked at again in time: nothing is processed",
}
IN_ROOM = "room"
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RoomStop:
    """A pause begun in the room, as the room tells it. id: by which it is ended; empty: what the room told is none."""

    id: str
    why: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class StandingView:
    """One camera. basis: in words. stop: by which the ward stops it now; in_room: by which somebody in the room did.

    endable: whether somebody of the ward can end what stops it: not a time of care. lines: its times of care.
    """

    key: str
    name: str
    standing: Standing
    basis: str
    allowed: bool
    stop: Stop | None
    in_room: RoomStop | None
    endable: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoomStandings:
    """A room with its cameras."""

    id: str
    name: str
    cameras: tuple[StandingView, ...]


def standing_view(ward_state: WardState, record: CameraRecord, name: str, now: datetime) -> StandingView:
    """What stands for one camera at a moment."""
    key, book = record.state.camera, ward_state.consents
    standing, stop, in_room = book.of(key), book.running(key, now), room_stop(record)
    paused = standing.pause is not None and standing.pause.at <= now < standing.pause.until
    return StandingView(
        key=key,
        name=name,
        standing=standing,
        basis=BASES[book.basis(key, now)],
        allowed=standing.allows(now.astimezone(book.zone).date()),
        stop=stop,
        in_room=in_room,
        endable=paused or in_room is not None,
        lines=tuple(map(line_of, standing.times)),
    )


def room_standings(ward_state: WardState, ward: Ward, now: datetime) -> list[RoomStandings]:
    """Every room of a ward with the cameras that the site's file names."""
    rooms = [
        RoomStandings(
            room.id,
            room.name,
            tuple(
                standing_view(ward_state, ward_state.cameras[f"{ward.id}/{room.id}/{one.id}"], one.name, now)
                for one in room.cameras
            ),
        )
        for room in ward.rooms
    ]
    return sorted(rooms, key=lambda one: by_name(one.name))


def room_stop(record: CameraRecord) -> RoomStop | None:
    """The pause that was begun in the room, while the room says that it runs."""
    ingest = record.components.get("ingest")
    told: Mapping[str, str] = {} if ingest is None else dict(ingest.told)
    if ingest is None or ingest.status != "paused" or told.get("consent_by") != IN_ROOM:
        return None
    pause = told.get("consent_pause", "")
    return RoomStop(pause if is_id(pause) else "", told.get("consent_why", ""), _moment(told.get("consent_until", "")))


def _moment(text: str) -> datetime | None:
    """A moment by a room's clock; None for what no clock on a wall can show in every zone."""
    try:
        at = read_instant(text)
    except ValueError:
        return None
    return at if FIRST <= at <= LAST else None
