"""The ward's state: messages to alerts, what is refused, what is remembered."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.alerts.actor import typed_name
from services.alerts.audit.ended_alerts import EndedAlerts
from services.alerts.codec import decode_alert, encode_alert
from services.alerts.errors import StoreCorrupt, TooManyCameras, UnexpectedKind, UnknownWard
from services.alerts.policy.alert import AlertStatus, Change, Outcome
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.errors import AlertCleared, AlreadyAcknowledged, NobodyThere, UnknownAlert
from services.alerts.policy.evidence import Verdict
from services.alerts.policy.life_cycle import Accept, Arrive, Resolve
from services.alerts.policy.thresholds import Thresholds
from services.alerts.state.camera_record import decode_record, encode_record
from services.alerts.state.known_alerts import KnownAlerts
from services.alerts.state.recent_levels import RecentLevels
from services.alerts.state.ward_state import WardState
from services.bus.messages import CameraRef, FrameMessage
from tests.services.alerts.rooms import Epoch
from tests.services.alerts.site import make_site, ref

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
KEY = "ward-1/room-1/cam-room-1"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Scene:
    """A ward_state fed by one producer."""

    def __init__(self, directory: Path, max_cameras: int = 4096) -> None:
        self.ward_state = WardState(make_site(directory), AlertPolicy(Thresholds()), START, max_cameras)
        self.epoch = Epoch()

    def pain(self, seconds: float, level: int, room: str = "room-1"):
        message = self.epoch.pain(room, level, at(seconds))
        return self.ward_state.apply(message, message.envelope.published_at)

    def raised(self) -> str:
        self.pain(0, 2)
        (change,) = self.pain(5, 2).transitions
        assert change.change is Change.RAISED
        return change.alert.id


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_every_listed_camera_is_there_before_any_message(scene: Scene) -> None:
    assert len(scene.ward_state.cameras) == 10
    assert all(record.state.last is None for record in scene.ward_state.cameras.values())


def test_levels_and_model_are_remembered(scene: Scene) -> None:
    scene.pain(0, 1)
    scene.pain(5, 0)
    record = scene.ward_state.cameras[KEY]
    assert list(record.levels) == [(at(0), 1), (at(5), 0)]
    assert record.model == "squeezenet-224"


def test_a_status_is_applied_once_and_the_newest_of_a_producer_wins(scene: Scene) -> None:
    old = scene.epoch.state("room-1", "ingest", "connecting", at(0))
    new = scene.epoch.state("room-1", "ingest", "live", at(1))
    assert scene.ward_state.apply(new, at(2)).verdict is Verdict.APPLIED
    assert scene.ward_state.apply(old, at(3)).verdict is Verdict.DUPLICATE
    assert scene.ward_state.cameras[KEY].components["ingest"].status == "live"
    restarted = Epoch().state("room-1", "ingest", "offline", at(4))
    assert scene.ward_state.apply(restarted, at(5)).verdict is Verdict.APPLIED
    assert scene.ward_state.apply(new, at(6)).verdict is Verdict.DUPLICATE
    assert scene.ward_state.cameras[KEY].components["ingest"].status == "offline"


def test_what_cannot_be_applied_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path, max_cameras=11)
    envelope = scene.epoch.pain("room-1", 3, at(0)).envelope
    with pytest.raises(UnexpectedKind):
        scene.ward_state.apply(FrameMessage(envelope=envelope, width=16, height=16, data=bytes(384)), at(1))
    for camera in (
        CameraRef(site="elsewhere", ward="ward-1", room="room-1", camera="cam-room-1"),
        CameraRef(site="home", ward="ward-9", room="room-1", camera="cam-room-1"),
    ):
        message = scene.epoch.pain("room-1", 3, at(0)).model_copy(
            update={"envelope": envelope.model_copy(update={"camera": camera})}
        )
        with pytest.raises(UnknownWard):
            scene.ward_state.apply(message, at(1))
    scene.pain(0, 1, "attic")
    with pytest.raises(TooManyCameras):
        scene.pain(0, 1, "cellar")
    assert "ward-1/attic/cam-attic" in scene.ward_state.cameras
    assert scene.ward_state.cameras[KEY].state.last is None


def test_an_acknowledgement_meets_every_kind_of_refusal(scene: Scene) -> None:
    with pytest.raises(UnknownAlert):
        scene.ward_state.act("nothing", Accept(typed_name("Ada")), at(6))
    alert = scene.raised()
    taken, changes = scene.ward_state.act(alert, Accept(typed_name("Ada")), at(7))
    assert (taken.status, len(changes)) == (AlertStatus.ACKNOWLEDGED, 1)
    assert scene.ward_state.act(alert, Accept(typed_name("Ada")), at(8))[1] == ()
    with pytest.raises(AlreadyAcknowledged):
        scene.ward_state.act(alert, Accept(typed_name("Bo")), at(8))
    with pytest.raises(NobodyThere):
        scene.ward_state.act(alert, Resolve(typed_name("Ada"), Outcome.NO_PAIN), at(9))
    scene.ward_state.act(alert, Arrive(typed_name("Ada")), at(20))
    scene.ward_state.act(alert, Resolve(typed_name("Ada"), Outcome.NO_PAIN), at(23))
    with pytest.raises(AlertCleared):
        scene.ward_state.act(alert, Accept(typed_name("Bo")), at(24))
    assert [one.id for one in scene.ward_state.history] == [alert]


def test_who_hears_of_an_alert_that_is_over_has_not_heard_of_the_one_after_it(scene: Scene) -> None:
    """A look again is due after the first, of which a receiver was told; it has refused the second one."""
    first = scene.raised()
    scene.ward_state.act(first, Arrive(typed_name("Ada")), at(20))
    scene.ward_state.act(first, Resolve(typed_name("Ada"), Outcome.PAIN_TREATED), at(23))
    scene.pain(30, 2)
    (raised,) = scene.pain(35, 2).transitions
    assert scene.ward_state.notified(first, at(36)) == ()
    assert [one.notified_at for one in scene.ward_state.open_alerts()] == [None]
    (noted,) = scene.ward_state.notified(raised.alert.id, at(40))
    assert (noted.change, noted.alert.notified_at) == (Change.NOTIFIED, at(40))


def test_a_set_clock_moves_what_is_known_and_leaves_what_was_written(scene: Scene) -> None:
    alert = scene.raised()
    scene.ward_state.act(alert, Accept(typed_name("Ada")), at(7))
    by = timedelta(hours=-1)
    scene.ward_state.move(by)
    (moved,) = scene.ward_state.open_alerts()
    assert moved.ack is not None
    assert (moved.raised_at, moved.ack.expires_at) == (at(5.9) + by, at(187) + by)
    assert scene.ward_state.tick(at(186.9) + by) == ()
    assert [one.change for one in scene.ward_state.tick(at(187) + by)] == [Change.ACK_EXPIRED]
    assert scene.ward_state.cameras[KEY].levels.last(timedelta(0)) == RecentLevels([(at(5) + by, 2)])


def test_a_known_alert_is_latched_with_its_acknowledgement(scene: Scene, tmp_path: Path) -> None:
    alert = scene.raised()
    taken, _ = scene.ward_state.act(alert, Accept(typed_name("Ada")), at(7))
    other = Scene(tmp_path)
    assert KnownAlerts(other.ward_state, EndedAlerts()).reopen(taken, at(10))
    assert other.ward_state.open_alerts() == [taken]
    rebuilt = Scene(tmp_path)
    rebuilt.epoch = Epoch()
    rebuilt.epoch.producer = scene.epoch.producer
    known = KnownAlerts(rebuilt.ward_state, EndedAlerts())
    assert rebuilt.raised() == alert
    rebuilt.pain(9, 3)
    assert known.reopen(taken, at(10))
    (joined,) = rebuilt.ward_state.open_alerts()
    assert (joined.level, joined.status) == (3, AlertStatus.RAISED)
    gone = decode_alert({**encode_alert(taken), "camera": "ward-1/gone/cam"})
    assert not known.reopen(gone, at(10))


def test_a_record_survives_json_and_nonsense_is_refused(scene: Scene) -> None:
    scene.raised()
    scene.ward_state.apply(scene.epoch.state("room-1", "keyframe", "dark", at(3)), at(4))
    record = scene.ward_state.cameras[KEY]
    value = encode_record(record)
    again = decode_record(value)
    assert again == record
    for key in value.keys() - {"mode", "clip"}:  # which records of before have not
        with pytest.raises(StoreCorrupt):
            decode_record({name: part for name, part in value.items() if name != key})
    with pytest.raises(StoreCorrupt):
        decode_record({**value, "levels": [["yesterday", 1]]})
    assert again.ref == ref("room-1")
