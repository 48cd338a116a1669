"""What the ward's pages show of a bench's state."""

from services.alerts.dashboard.ward_view import RoomView, WardView, arrange, room_view
from tests.services.alerts.bench import Bench


def ward(bench: Bench) -> WardView:
    here = bench.site.wards[0]
    return arrange(
        here, [room(bench, name) for ward, name in bench.ward_state.rooms if ward == here.id], bench.ward_state
    )


def room(bench: Bench, name: str = "room-1") -> RoomView:
    return room_view(bench.ward_state, bench.site.wards[0], name, bench.now)


def codes(bench: Bench, name: str = "room-1") -> list[str]:
    return [one.code for camera in room(bench, name).cameras for one in camera.conditions]
