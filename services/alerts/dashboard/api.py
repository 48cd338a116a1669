"""The ward as JSON: what programs read. Same values as the page."""

from dataclasses import replace
from datetime import datetime

from services.alerts.codec import Json, encode_alert, instant, maybe_instant
from services.alerts.dashboard.camera_view import WORDS, CameraView
from services.alerts.dashboard.ward_view import RoomView, WardView
from services.alerts.policy.alert import Alert, Resolution
from services.alerts.policy.technical import TechnicalCondition
from services.alerts.state.alarm_state_codec import encode_pause
from services.alerts.state.clip_record import Clip


def encode_condition(one: TechnicalCondition) -> Json:
    """A technical state."""
    return {
        "camera": one.camera,
        "code": one.code,
        "severity": one.severity.value,
        "text": one.text,
        "since": maybe_instant(one.since),
    }


def encode_shown_clip(clip: Clip) -> Json:
    """The label of the last seconds of an alert's camera as a video."""
    return {
        "level": clip.level,
        "word": WORDS[clip.level],
        "at": instant(clip.at),
        "seconds": clip.seconds,
        "crops": clip.crops,
    }


def encode_camera(camera: CameraView) -> Json:
    """A camera. level is the newest evidence; read it together with assessment."""
    return {
        "id": camera.id,
        "name": camera.name,
        "assessment": camera.assessment,
        "level": camera.level,
        "word": None if camera.level is None else WORDS[camera.level],
        "level_at": maybe_instant(camera.level_at),
        "model": camera.model,
        "mode": camera.mode,
        "clip": None if camera.clip is None else encode_shown_clip(camera.clip),
        "picture": {
            "text": camera.picture,
            "state": camera.picture_state,
            "since": maybe_instant(camera.picture_since),
        },
        "scoring": {"text": camera.scoring, "state": camera.scoring_state},
        "alert": None if camera.alert is None else encode_alert(camera.alert),
        "treated": None if camera.treated is None else encode_alert(camera.treated),
        "held": camera.held,
        "pause": None if camera.pause is None else encode_pause(camera.pause),
        "notices": [encode_condition(one) for one in camera.conditions],
        "trend": [[instant(at), level] for at, level in camera.trend],
    }


def encode_room(room: RoomView) -> Json:
    """A room's tile. rank: 1 asks for somebody, 2 accepted, 3 technical, 4 not assessed, 5 mild, 6 calm."""
    return {
        "id": room.id,
        "name": room.name,
        "rank": room.rank,
        "since": maybe_instant(room.since),
        "cameras": [encode_camera(camera) for camera in room.cameras],
    }


def encode_ward(ward: WardView, problems: tuple[str, ...], now: datetime) -> Json:
    """A ward at a moment; rooms in the order of the page; problems: what does not work in the service itself."""
    return {
        "ward": ward.id,
        "name": ward.name,
        "at": instant(now),
        "degraded": list(problems),
        "rooms": [encode_room(room) for room in ward.rooms],
        "alarms": [encode_condition(one) for one in ward.alarms],
        "open": [encode_alert(alert) for alert in ward.open],
        "elsewhere": [encode_alert(alert) for alert in ward.elsewhere],
        "recent": [encode_alert(alert) for alert in ward.recent],
    }


def for_whoever_passes(ward: WardView) -> WardView:
    """What a shared screen is told, before which anybody may stand: no past alerts, and nothing typed at a bed."""
    rooms = tuple(
        replace(room, cameras=tuple(replace(one, treated=_wordless(one.treated)) for one in room.cameras))
        for room in ward.rooms
    )
    return replace(ward, rooms=rooms, recent=())


def _wordless(alert: Alert | None) -> Alert | None:
    def silent(said: Resolution | None) -> Resolution | None:
        return said and replace(said, reason="")

    return alert and replace(alert, resolution=silent(alert.resolution), reassessed=silent(alert.reassessed))
