"""What the ward sees: which rooms stand first, and what of old evidence."""

from pathlib import Path

from tests.services.alerts.bench import Bench
from tests.services.alerts.dashboard.views import codes, room, ward
from tests.services.alerts.site import make_site


def test_a_camera_is_not_assessed_until_a_level_arrives(bench: Bench) -> None:
    camera = room(bench).lead
    assert (camera.assessment, camera.level, camera.picture, camera.scoring_state) == (
        "not_assessed",
        None,
        "Not connected yet",
        "idle",
    )


async def test_old_evidence_is_a_technical_state_and_never_calm(bench: Bench) -> None:
    await bench.pain(0, 0)
    assert room(bench).lead.assessment == "assessed"
    assert room(bench).rank == 6
    bench.at(46)
    await bench.alive()
    assert room(bench).lead.assessment == "stale"
    assert codes(bench) == ["stale"]
    assert room(bench).rank == 3


async def test_an_open_alert_stays_open_through_stale_evidence(bench: Bench) -> None:
    await bench.raised()
    await bench.tick(3600)
    view = room(bench)
    assert (view.rank, view.lead.assessment, view.alert is not None) == (1, "stale", True)


async def test_rooms_are_sorted_by_priority_then_age(bench: Bench) -> None:
    await bench.pain(0, 0, "room-6")
    await bench.raised("room-5", 2, 300)
    await bench.raised("room-4", 2, 310)
    await bench.raised("room-3", 3, 320)
    accepted = await bench.raised("room-7", 3, 330)
    await bench.accept(accepted, "Ada")
    await bench.pain(336, 1, "room-8")
    await bench.pain(336, 0, "room-9")
    await bench.alive()
    await bench.alive("room-1", "room-2", keyframe="no_face")
    order = [one.id for one in ward(bench).rooms]
    assert order == ["room-3", "room-5", "room-4", "room-7", "room-6", "room-1", "room-2", "room-8", "room-9"]
    assert [one.level for one in ward(bench).open] == [3, 2, 2, 3]


def test_two_hundred_calm_rooms_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    names = {f"room-{number}": f"Room {number}" for number in range(1, 201)}
    site = make_site(tmp_path, dict(sorted(names.items())))
    rooms = ward(Bench(tmp_path, site=site)).rooms
    assert [one.name for one in rooms] == list(names.values())


async def test_the_worst_camera_leads_a_room_with_two(bench: Bench) -> None:
    await bench.pain(0, 1, "room-2")
    await bench.pain(1, 0, "room-2", "cam-chair")
    assert room(bench, "room-2").lead.name == "Bed"
    await bench.pain(2, 2, "room-2", "cam-chair")
    assert room(bench, "room-2").lead.name == "Armchair"
