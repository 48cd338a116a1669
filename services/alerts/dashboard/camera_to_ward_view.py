"""What the page of chains shows: every camera of a ward from the camera to the screens, broken ones first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.alerts.dashboard.name_order import by_name
from services.alerts.dashboard.ward_view import room_view
from services.alerts.policy.camera_to_ward import Link, LinkState, camera_links
from services.alerts.policy.technical import TechnicalCondition
from services.alerts.state.ward_state import WardState
from services.site.records import Ward


@dataclass(frozen=True, slots=True)
class CameraChain:
    """One camera's links in their order."""

    name: str
    links: tuple[Link, ...]

    @property
    def broken(self) -> Link | None:
        """The first broken link."""
        return next((one for one in self.links if one.state is LinkState.BAD), None)


@dataclass(frozen=True, slots=True)
class RoomChains:
    """A room with the chains of its cameras."""

    id: str
    name: str
    cameras: tuple[CameraChain, ...]

    @property
    def is_broken(self) -> bool:
        """Whether one of its cameras has a broken link."""
        return any(camera.broken for camera in self.cameras)


def room_chains(
    ward_state: WardState, ward: Ward, service: Sequence[TechnicalCondition], now: datetime
) -> list[RoomChains]:
    """Every room of a ward. service: what is wrong in the service itself."""
    rooms = []
    for ward_id, room in ward_state.rooms:
        if ward_id != ward.id:
            continue
        view = room_view(ward_state, ward, room, now)
        cameras = tuple(
            CameraChain(
                one.name,
                tuple(camera_links(ward_state.watched(ward_state.cameras[one.key]), one.conditions, service)),
            )
            for one in view.cameras
        )
        rooms.append(RoomChains(room, view.name, cameras))
    return sorted(rooms, key=lambda one: (not one.is_broken, by_name(one.name)))
