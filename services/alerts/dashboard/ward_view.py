"""What people and programs see of a ward: rooms with cameras, alerts, technical conditions. Values of its state."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from services.alerts.dashboard.camera_view import ASSESSED, CameraView, camera_view
from services.alerts.dashboard.name_order import NameOrder, by_name
from services.alerts.policy.alert import Alert, AlertStatus
from services.alerts.policy.holds import Pause
from services.alerts.policy.technical import (
    Severity,
    TechnicalCondition,
)
from services.alerts.state.ward_state import WardState
from services.site.records import Ward

NO_LINK = frozenset({"consent_review", "unlisted"})
"""Codes of alarms by which nothing is missing of what is seen."""
CALM_RANK, WATCH_RANK, UNKNOWN_RANK, TECHNICAL_RANK, ACCEPTED_RANK, RAISED_RANK = 6, 5, 4, 3, 2, 1


@dataclass(frozen=True, slots=True)
class RoomView:
    """One room's tile. rank: 1 (asks for somebody) .. 6 (calm); since: its age inside the rank."""

    id: str
    name: str
    rank: int
    since: datetime | None
    cameras: tuple[CameraView, ...]

    @property
    def alert(self) -> Alert | None:
        """The room's worst open alert: unaccepted before accepted, then by level, then the oldest."""
        alerts = [camera.alert for camera in self.cameras if camera.alert]
        return min(alerts, key=urgency) if alerts else None

    @property
    def treated(self) -> tuple[Alert, ...]:
        """What awaits another look after an intervention."""
        return tuple(camera.treated for camera in self.cameras if camera.treated)

    @property
    def pause(self) -> Pause | None:
        """The running pause of the room's calls."""
        return next((camera.pause for camera in self.cameras if camera.pause), None)

    @property
    def is_due(self) -> bool:
        """Whether somebody must look again now."""
        return any(one.reassess_called_at for one in self.treated)

    @property
    def lead(self) -> CameraView:
        """The camera that the tile speaks of: that of the alert, else the one with the highest fresh level."""
        alert = self.alert
        if alert is not None:
            return next(camera for camera in self.cameras if camera.alert == alert)
        return max(self.cameras, key=_weight)


@dataclass(frozen=True, slots=True)
class WardView:
    """A ward: tiles in the order they are shown, technical alarms (the oldest first), past alerts (newest first).

    elsewhere: calls of other wards for which more people are asked.
    """

    id: str
    name: str
    rooms: tuple[RoomView, ...]
    alarms: tuple[TechnicalCondition, ...]
    recent: tuple[Alert, ...]
    elsewhere: tuple[Alert, ...]

    @property
    def looks(self) -> int:
        """In how many rooms somebody must look again now."""
        return sum(room.is_due for room in self.rooms)

    @property
    def broken(self) -> tuple[str, ...]:
        """The rooms (names) of which a link from camera to ward is broken, in the order of their tiles."""
        return tuple(room.name for room in self.rooms if any(map(_is_broken, _conditions(room))))

    @property
    def unassessed(self) -> int:
        """How many cameras have no recent level."""
        return sum(camera.assessment != ASSESSED for room in self.rooms for camera in room.cameras)

    @property
    def open(self) -> tuple[Alert, ...]:
        """Every open alert of the ward, the most urgent first."""
        alerts = [camera.alert for room in self.rooms for camera in room.cameras if camera.alert]
        return tuple(sorted(alerts, key=urgency))


def _conditions(room: RoomView) -> Iterator[TechnicalCondition]:
    return (one for camera in room.cameras for one in camera.conditions)


def _is_broken(one: TechnicalCondition) -> bool:
    return one.severity is Severity.ALARM and one.code not in NO_LINK


def urgency(alert: Alert) -> tuple[bool, int, datetime]:
    """Sort key: what asks for somebody first, then the worst, then the oldest."""
    return alert.status is not AlertStatus.RAISED, -alert.level, alert.raised_at


def room_view(ward_state: WardState, ward: Ward, room_id: str, now: datetime) -> RoomView:
    """One room with all its cameras, also those that the site's file does not name."""
    room = next((one for one in ward.rooms if one.id == room_id), None)
    names = {camera.id: camera.name for camera in room.cameras} if room else {}
    records = [ward_state.cameras[key] for key in ward_state.rooms[ward.id, room_id]]
    cameras = tuple(camera_view(ward_state, one, names.get(one.ref.camera, one.ref.camera), now) for one in records)
    view = RoomView(room_id, room.name if room else room_id, CALM_RANK, None, cameras)
    return replace(view, rank=_rank(view), since=_since(view))


def arrange(ward: Ward, rooms: list[RoomView], ward_state: WardState) -> WardView:
    """The whole ward out of its rooms, in whatever order they come, sorted as it is shown."""
    found = [one for room in rooms for camera in room.cameras for one in camera.conditions]
    alarms = [one for one in found if one.severity is Severity.ALARM]
    return WardView(
        id=ward.id,
        name=ward.name,
        rooms=tuple(sorted(rooms, key=_order)),
        alarms=tuple(sorted(alarms, key=lambda one: (one.since is None, one.since or datetime.min))),
        recent=tuple(alert for alert in ward_state.history if alert.camera.startswith(f"{ward.id}/"))[:12],
        elsewhere=_elsewhere(ward_state, ward.id),
    )


def _elsewhere(ward_state: WardState, ward: str) -> tuple[Alert, ...]:
    calls = [
        alert
        for alert in ward_state.open_alerts()
        if alert.widened_at and alert.status is AlertStatus.RAISED and not alert.camera.startswith(f"{ward}/")
    ]
    return tuple(sorted(calls, key=urgency))


def _rank(room: RoomView) -> int:
    if room.alert is not None:
        return RAISED_RANK if room.alert.status is AlertStatus.RAISED else ACCEPTED_RANK
    if room.is_due:
        return ACCEPTED_RANK
    if any(one.severity is Severity.ALARM for camera in room.cameras for one in camera.conditions):
        return TECHNICAL_RANK
    if any(camera.assessment != ASSESSED for camera in room.cameras):
        return UNKNOWN_RANK
    return WATCH_RANK if (room.lead.level or 0) > 0 else CALM_RANK


def _since(room: RoomView) -> datetime | None:
    if room.alert is not None:
        return room.alert.raised_at
    begun = [one.since for camera in room.cameras for one in camera.conditions if one.since]
    return min(begun) if begun else None


def _order(room: RoomView) -> tuple[int, int, float, NameOrder]:
    level = room.alert.level if room.alert else room.lead.level or 0
    calm = room.rank in (CALM_RANK, UNKNOWN_RANK)
    age = room.since.timestamp() if room.since and room.rank <= TECHNICAL_RANK else 0.0
    return room.rank, 0 if calm else -level, age, by_name(room.name)


def _weight(camera: CameraView) -> tuple[bool, int]:
    return camera.assessment == ASSESSED, camera.level if camera.level is not None else -1
